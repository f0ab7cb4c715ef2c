import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type NodeProcess, startNode } from '@repo/testing'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface MainProcess extends NodeProcess {
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
  /** Resolves with what the log says at `ready`; throws when the process ends before. */
  untilReady(): Promise<void>
}

/** `node apps/api/src/main.ts` as a process of its own, with this environment and no other. */
export function runMain(
  environment: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): MainProcess {
  const { child, output } = startNode([...nodeOptions, main], environment)
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  async function untilReady(): Promise<void> {
    let hasEnded = false
    void ended.then(() => {
      hasEnded = true
    })
    while (!output().includes('"msg":"ready"')) {
      if (hasEnded) throw new Error(`The API ended before it was ready: ${output()}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return { child, output, ended, untilReady }
}
