import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type NodeProcess, startNode } from '@repo/testing'
import { expect } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface WorkerProcess extends NodeProcess {
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
  untilReady(): Promise<void>
}

/** `node apps/worker/src/main.ts` as a process of its own, with this environment and no other. */
export function runWorker(environment: Readonly<Record<string, string>>): WorkerProcess {
  const { child, output } = startNode([main], environment)
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return {
    child,
    output,
    ended,
    untilReady: () => expect.poll(output, { timeout: 60_000 }).toContain('"msg":"ready"'),
  }
}
