import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from './setup-error.ts'

const root = join(import.meta.dirname, '../../..')

/** Everything that development keeps, git-ignored; delete it to start over. */
export const stateFolder = join(root, '.dev')
export const postgresFolder = join(stateFolder, 'postgres')
export const apiEntry = join(root, 'apps/api/src/main.ts')
export const sourceFolders = [join(root, 'apps'), join(root, 'packages')]

const stateFile = join(stateFolder, 'state.json')

/** What the embedded servers are reached by; made at the first start. */
export interface State {
  readonly adminPassword: string
  readonly ownerPassword: string
  readonly appPassword: string
  readonly workerPassword: string
  readonly postgresPort?: number
}

const generatePassword = () => randomBytes(18).toString('base64url')

/** The state of the last start, or a new one. Throws SetupError when the file cannot be read. */
export async function readState(): Promise<State> {
  await mkdir(stateFolder, { recursive: true })
  const text = await readFile(stateFile, 'utf8').catch(() => null)
  if (text === null) return writeState(generateState())
  const state = parseState(text)
  if (state) return state
  throw new SetupError('.dev/state.json is half-written.', 'Start over with: pnpm db:reset')
}

export async function writeState(state: State): Promise<State> {
  await writeFile(stateFile, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  return state
}

const generateState = (): State => ({
  adminPassword: generatePassword(),
  ownerPassword: generatePassword(),
  appPassword: generatePassword(),
  workerPassword: generatePassword(),
})

function parseState(text: string): State | null {
  try {
    const state: State = JSON.parse(text)
    const { adminPassword, ownerPassword, appPassword, workerPassword } = state
    return adminPassword && ownerPassword && appPassword && workerPassword ? state : null
  } catch {
    return null
  }
}
