import { chmod, copyFile, lchown, lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const isRoot = process.getuid?.() === 0

/** Copies a folder with its modes and, as root, its owners; of files that `isLeftOut` names nothing, of folders what is in them. */
export async function copyTree(
  from: string,
  to: string,
  isLeftOut: (path: string) => boolean = () => false,
  path = '',
): Promise<void> {
  const { mode, uid, gid } = await lstat(join(from, path))
  await mkdir(join(to, path), { mode })
  await chmod(join(to, path), mode)
  if (isRoot) await lchown(join(to, path), uid, gid)
  if (isLeftOut(`${path}/`)) return
  for (const entry of await readdir(join(from, path), { withFileTypes: true })) {
    const inside = join(path, entry.name)
    if (entry.isDirectory()) await copyTree(from, to, isLeftOut, inside)
    else if (!isLeftOut(inside)) await copyOne(join(from, inside), join(to, inside))
  }
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
