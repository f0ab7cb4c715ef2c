import type { Stats } from 'node:fs'
import { chmod, copyFile, lchown, lstat, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const isRoot = process.getuid?.() === 0

/**
 * Copies a folder with its modes and, as root, its owners, into one that is not there or empty; of files that `isLeftOut`
 * names nothing, of folders what is in them, and of a link to such a folder an empty one.
 */
export async function copyTree(
  from: string,
  to: string,
  isLeftOut: (path: string) => boolean = () => false,
  path = '',
): Promise<void> {
  await copyFolder(join(from, path), join(to, path))
  if (isLeftOut(`${path}/`)) return
  for (const entry of await readdir(join(from, path), { withFileTypes: true })) {
    const inside = join(path, entry.name)
    if (entry.isDirectory() || isLeftOut(`${inside}/`)) await copyTree(from, to, isLeftOut, inside)
    else if (!isLeftOut(inside)) await copyOne(join(from, inside), join(to, inside))
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  const like = await lstat(from)
  await takeAfter(to, like, like.isDirectory() ? like.mode & 0o777 : 0o700)
}

/** A server that runs deletes files meanwhile; the log has what was in them. */
async function copyOne(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to)
    const like = await lstat(from)
    await takeAfter(to, like, like.mode)
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== 'ENOENT') throw error
  }
}

/** Writes a file that its owner alone may read, who is the folder's. */
export async function writeBeside(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name)
  await writeFile(path, text)
  await takeAfter(path, await lstat(folder), 0o600)
}

async function takeAfter(path: string, { uid, gid }: Stats, mode: number): Promise<void> {
  await chmod(path, mode)
  if (isRoot) await lchown(path, uid, gid)
}

/** Whether something has that path, a link that leads nowhere too. */
export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
