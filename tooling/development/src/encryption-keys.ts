import { createEncryption, type Encryption } from '@repo/encryption'
import { readState } from './state.ts'
import type { StateFolder } from './state-folder.ts'

/** ENCRYPTION_KEYS of development: the user's own where the environment names them, else the one of the state. */
export async function readEncryptionKeys(
  folder: StateFolder,
  environment = process.env,
): Promise<string> {
  return environment['ENCRYPTION_KEYS'] || `development:${(await readState(folder)).encryptionKey}`
}

/** The same, to encrypt with; throws for keys of another form. */
export async function openEncryption(folder: StateFolder): Promise<Encryption> {
  const keys = (await readEncryptionKeys(folder)).split(',')
  return createEncryption(
    keys.map((pair) => {
      const [id = '', key = ''] = pair.trim().split(':')
      return { id, key: Buffer.from(key, 'base64') }
    }),
  )
}
