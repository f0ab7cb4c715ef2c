import { readCredentials, writeCredentials } from './credentials.ts'
import { openEncryption } from './encryption-keys.ts'
import type { OpenPostgres } from './open-postgres.ts'
import { hasUsers, isEmpty, seed } from './seed.ts'
import type { StateFolder } from './state-folder.ts'

/**
 * Seeds an empty database, and the embedded one whose log-ins were lost; never somebody's own data.
 * Answers whether the log-ins on file are those of this database.
 */
export async function seedOnce(
  folder: StateFolder,
  { ownerUrl, isEmbedded }: OpenPostgres,
  baseUrl: string,
): Promise<boolean> {
  const onFile = await readCredentials(folder)
  // The file may be of another database: an own one yesterday, the embedded one today.
  const known = onFile && (await hasUsers(ownerUrl, onFile.users)) ? onFile : null
  if ((await isEmpty(ownerUrl)) || (!known && isEmbedded)) {
    const encryption = await openEncryption(folder)
    await writeCredentials(folder, await seed(ownerUrl, { baseUrl, encryption }))
    return true
  }
  if (known && known.baseUrl !== baseUrl) await writeCredentials(folder, { ...known, baseUrl })
  return known !== null
}
