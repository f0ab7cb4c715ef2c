import { chmod, copyFile, lchown, lstat, mkdir, readdir } from 'node:fs/promises'
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
  const found = await lstat(from)
  await chmod(to, found.isDirectory() ? found.mode & 0o777 : 0o700)
  if (isRoot) await lchown(to, found.uid, found.gid)
}

/** A server that runs deletes files meanwhile; the log has what was in them. */
async function copyOne(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to)
    const { mode, uid, gid } = await lstat(from)
    await chmod(to, mode)
    if (isRoot) await lchown(to, uid, gid)
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== 'ENOENT') throw error
  }
}
