import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stateFolder } from './state.ts'

export const credentialsFile = join(stateFolder, 'credentials.json')

export interface SeededUser {
  readonly id: string
  readonly email: string
  readonly password: string
}

/** The log-ins of development (docs: the contract's `.dev/credentials.json`). */
export interface Credentials {
  readonly baseUrl: string
  readonly users: Readonly<Record<string, SeededUser>>
  readonly organizations: Readonly<Record<string, { readonly id: string }>>
}

export const generatePassword = () => randomBytes(15).toString('base64url')

/** Null when there are none, or when they are half-written. */
export async function readCredentials(): Promise<Credentials | null> {
  try {
    const credentials: Credentials = JSON.parse(await readFile(credentialsFile, 'utf8'))
    return credentials.users && credentials.organizations ? credentials : null
  } catch {
    return null
  }
}

/** Replaces the file in one step, readable by its owner alone. */
export async function writeCredentials(credentials: Credentials): Promise<void> {
  const next = `${credentialsFile}.next`
  await writeFile(next, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 })
  await rename(next, credentialsFile)
}
