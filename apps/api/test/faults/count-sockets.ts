import { readdir, readlink } from 'node:fs/promises'

/** How many sockets a process holds (Linux). */
export async function countSockets(pid: number): Promise<number> {
  const folder = `/proc/${pid}/fd`
  const links = await Promise.all(
    // One may have been closed since the folder was read.
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')),
  )
  return links.filter((link) => link.startsWith('socket:')).length
}
