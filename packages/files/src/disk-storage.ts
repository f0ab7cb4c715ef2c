import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileStorage } from './file-storage.ts'
import { requireKey } from './require-key.ts'

/** Keeps each content as a file that only this user can read; for development. */
export function createDiskStorage(folder: string): FileStorage {
  const pathOf = (key: string) => join(folder, requireKey(key))
  return {
    async put(key, bytes) {
      const path = pathOf(key)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(`${path}.unfinished`, bytes, { mode: 0o600 })
      await rename(`${path}.unfinished`, path)
    },
    async get(key) {
      try {
        return await readFile(pathOf(key))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw error
      }
    },
    async delete(key) {
      await rm(pathOf(key), { force: true })
    },
  }
}
