import { readState } from './state.ts'
import type { StateFolder } from './state-folder.ts'

/** ENCRYPTION_KEYS of development: the user's own where the environment names them, else the one of the state. */
export async function readEncryptionKeys(
  folder: StateFolder,
  environment = process.env,
): Promise<string> {
  return environment['ENCRYPTION_KEYS'] || `development:${(await readState(folder)).encryptionKey}`
}
