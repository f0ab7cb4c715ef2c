import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopWithParent } from '@repo/embedded-servers'

export interface NodeProcess {
  readonly child: ChildProcess
  /** Standard output and standard error so far. */
  readonly output: () => string
  /** The exit code, or the name of the signal that ended it, once all that it printed is there. */
  readonly ended: Promise<number | string>
  /** Resolves when it has printed `text`; throws with its output when it ends before, or after a minute. */
  untilPrinted(text: string, times?: number): Promise<void>
}

const printWithinMs = 60_000

// The metrics of each get a port of their own.
const metricsPorts = { METRICS_PORT: '0', WORKER_METRICS_PORT: '0' } as const

/** A Node process with this environment and no other, and what it prints; it ends with the tests that started it. */
export function startNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): NodeProcess {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env['PATH'], ...metricsPorts, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  stopWithParent(child)
  let text = ''
  const add = (chunk: Buffer) => {
    text += String(chunk)
  }
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  let hasEnded = false
  const ended = once(child, 'close').then(([code, signal]) => {
    hasEnded = true
    return code ?? signal
  })

  async function untilPrinted(wanted: string, times = 1): Promise<void> {
    const deadline = performance.now() + printWithinMs
    while (text.split(wanted).length <= times) {
      const isLate = performance.now() > deadline
      if (hasEnded || isLate) throw new Error(`Not printed: ${wanted}\n${text}`)
      await sleep(20)
    }
  }
  return { child, output: () => text, ended, untilPrinted }
}
