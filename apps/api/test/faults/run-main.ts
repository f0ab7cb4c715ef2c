import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface MainProcess {
  readonly child: ChildProcess
  /** Standard output and standard error so far. */
  readonly output: () => string
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
  const child = spawn(process.execPath, [...nodeOptions, main], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const add = (chunk: Buffer) => {
    text += String(chunk)
  }
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  async function untilReady(): Promise<void> {
    let hasEnded = false
    void ended.then(() => {
      hasEnded = true
    })
    while (!text.includes('"msg":"ready"')) {
      if (hasEnded) throw new Error(`The API ended before it was ready: ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return { child, output: () => text, ended, untilReady }
}
