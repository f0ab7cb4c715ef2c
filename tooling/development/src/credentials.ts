import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { StateFolder } from './state-folder.ts'
import { writePrivateFile } from './write-private-file.ts'

export interface SeededUser {
  readonly id: string
  readonly email: string
  readonly password: string
  /** In base32; of the platform admin alone, who needs codes. */
  readonly totpSecret?: string
}

/** The log-ins of development (docs: the contract's `.dev/credentials.json`). */
export interface Credentials {
  readonly baseUrl: string
  readonly users: Readonly<Record<string, SeededUser>>
  readonly organizations: Readonly<Record<string, { readonly id: string }>>
  readonly oauthClients: {
    readonly spa: { readonly clientId: string; readonly redirectUri: string }
    readonly service: { readonly clientId: string; readonly clientSecret: string }
  }
}

export const generatePassword = () => randomBytes(15).toString('base64url')

/** Null when there are none, or when they are half-written. */
export async function readCredentials(folder: StateFolder): Promise<Credentials | null> {
  try {
    const credentials: Credentials = JSON.parse(await readFile(folder.credentials, 'utf8'))
    const { users, organizations, oauthClients } = credentials
    return users && organizations && oauthClients ? credentials : null
  } catch {
    return null
  }
}

export const writeCredentials = (folder: StateFolder, credentials: Credentials): Promise<void> =>
  writePrivateFile(folder.credentials, credentials)
