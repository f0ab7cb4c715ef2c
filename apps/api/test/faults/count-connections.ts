import { readFile } from 'node:fs/promises'

const listening = '0A'

/** How many connections to a port of 127.0.0.1 the process that listens there holds open (Linux, IPv4). */
export async function countConnections(port: number): Promise<number> {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = (await readFile('/proc/net/tcp', 'utf8')).trim().split('\n').slice(1)
  const held = rows.filter((row) => {
    const fields = row.trim().split(/\s+/)
    const [local = '', state, inode] = [fields[1], fields[3], fields[9]]
    // A socket without an inode is the kernel's alone: not accepted yet, or closed.
    return local.endsWith(ending) && state !== listening && inode !== '0'
  })
  return held.length
}
