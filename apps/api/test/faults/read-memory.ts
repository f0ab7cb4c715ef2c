import { readFile } from 'node:fs/promises'

/** The memory that a process has in use, in MiB (Linux: VmRSS). */
export async function readMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024
}
