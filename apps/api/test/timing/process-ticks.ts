import { readdir, readFile } from 'node:fs/promises'

export const ticksPerSecond = 100

/** User and system time (proc(5)); Linux alone tells it of another process. */
export async function ticksOf(pid: number | string | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [user = 0, system = 0] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return user + system
}

/** Of every process of that program on this machine: nothing else is to use it meanwhile. */
export async function ticksOfAll(program: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
      return name.trim() === program ? ticksOf(pid).catch(() => 0) : 0
    }),
  )
  return ticks.reduce((all, each) => all + each, 0)
}
