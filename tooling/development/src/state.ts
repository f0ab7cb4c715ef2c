import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from './setup-error.ts'
import type { StateFolder } from './state-folder.ts'
import { writePrivateFile } from './write-private-file.ts'

/** What the embedded servers are reached by, and what the API encrypts with; made at the first start. */
export interface State {
  readonly adminPassword: string
  readonly ownerPassword: string
  readonly appPassword: string
  readonly workerPassword: string
  readonly platformPassword: string
  /** 32 bytes in base64. */
  readonly encryptionKey: string
  readonly postgresPort?: number
}

const generatePassword = () => randomBytes(18).toString('base64url')
const generateEncryptionKey = () => randomBytes(32).toString('base64')

/** The state of the last start, or a new one. Throws SetupError when it is lost or cannot be read. */
export async function readState(folder: StateFolder): Promise<State> {
  await mkdir(folder.path, { recursive: true })
  const text = await readFile(folder.state, 'utf8').catch(() => null)
  const state = text === null ? null : parseState(text)
  if (state) return isWhole(state) ? state : writeState(folder, { ...generateState(), ...state })
  // Without a database there is nothing yet that the passwords open.
  if (!existsSync(join(folder.postgres, 'data'))) return writeState(folder, generateState())
  const what = text === null ? 'is missing' : 'is half-written'
  throw new SetupError(
    `${folder.state} ${what}: with it the passwords of the embedded Postgres are lost.`,
    'Start over, with a new database, by: npx pnpm@12 db:reset',
  )
}

export async function writeState(folder: StateFolder, state: State): Promise<State> {
  await writePrivateFile(folder.state, state)
  return state
}

const generateState = (): State => ({
  adminPassword: generatePassword(),
  ownerPassword: generatePassword(),
  appPassword: generatePassword(),
  workerPassword: generatePassword(),
  platformPassword: generatePassword(),
  encryptionKey: generateEncryptionKey(),
})

// One of an earlier version lacks what came since.
const isWhole = (state: Partial<State>): state is State =>
  Boolean(state.encryptionKey && state.platformPassword)

function parseState(text: string): Partial<State> | null {
  try {
    const state: Partial<State> = JSON.parse(text)
    const { adminPassword, ownerPassword, appPassword, workerPassword } = state
    return adminPassword && ownerPassword && appPassword && workerPassword ? state : null
  } catch {
    return null
  }
}
