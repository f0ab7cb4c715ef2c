import type { FileStorage } from '@repo/files'
import type { Services } from '../services.ts'

interface LostFile {
  readonly id: string
  readonly storage_key: string
}

const batch = 100

/**
 * Takes away the files of organizations that were deleted 30 days ago, which are all that the worker sees: the content
 * first, so that one that could not be deleted is still found the next time. How many.
 */
export async function deleteFiles(
  database: Services['database'],
  { storage, signal }: { readonly storage: FileStorage; readonly signal: AbortSignal },
): Promise<number> {
  let deleted = 0
  for (;;) {
    signal.throwIfAborted()
    const files = await database.query<LostFile & Record<string, unknown>>({
      name: 'clean_up_list_files',
      text: 'SELECT id, storage_key FROM files LIMIT $1',
      values: [batch],
    })
    if (files.length === 0) return deleted
    for (const file of files) await storage.delete(file.storage_key)
    await database.query({
      name: 'clean_up_files',
      text: 'DELETE FROM files WHERE id = ANY($1)',
      values: [files.map(({ id }) => id)],
    })
    deleted += files.length
  }
}
