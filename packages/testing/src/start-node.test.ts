import { expect, test } from 'vitest'
import { startNode } from './start-node.ts'

const entry = JSON.stringify(new URL('./start-node.ts', import.meta.url).href)
const run = (program: string) => startNode(['--input-type=module', '--eval', program], {})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('what a test has started ends with it, killed even', async () => {
  const { child, output, ended, untilPrinted } = run(`
    import { startNode } from ${entry}
    const { child } = startNode(['--eval', 'setInterval(() => {}, 60_000)'], {})
    console.log('started', child.pid, 'by me')
    setInterval(() => {}, 60_000)`)
  await untilPrinted('by me')
  const pid = Number(/started (\d+)/.exec(output())?.[1])
  expect(isAlive(pid)).toBe(true)
  child.kill('SIGKILL')
  expect(await ended).toBe('SIGKILL')
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
})

test('what ends without the text that is waited for is said with all that it printed', async () => {
  const { untilPrinted, ended } = run(`console.log('something else'); process.exitCode = 3`)
  await expect(untilPrinted('ready')).rejects.toThrow('Not printed: ready\nsomething else')
  expect(await ended).toBe(3)
})
