import { fileURLToPath } from 'node:url'
import { createDiskStorage } from './disk-storage.ts'
import type { FileStorage } from './file-storage.ts'
import { createS3Storage } from './s3-storage.ts'

/** A folder for `file:`, a bucket for `https:`. */
export function openStorage(url: string): FileStorage {
  return url.startsWith('file:') ? createDiskStorage(fileURLToPath(url)) : createS3Storage(url)
}
