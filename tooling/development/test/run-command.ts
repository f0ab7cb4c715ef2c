import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type NodeProcess, startNode } from '@repo/testing'

const source = join(import.meta.dirname, '../src')

export interface RunningCommand extends NodeProcess {
  /** Its exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
}

type Environment = Readonly<Record<string, string>>

/** Runs `dev.ts` or `database.ts` as `pnpm` does, with this environment and no other. */
export function runCommand(
  file: 'dev' | 'database',
  args: readonly string[],
  environment: Environment = {},
): RunningCommand {
  const { child, output } = startNode([join(source, `${file}.ts`), ...args], environment)
  // Not `close`: the API shares these pipes, and it may outlive a killed runner for a moment.
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal)
  return { child, output, ended }
}

/** Resolves when the command has printed `text`; throws with its output when it ends before, or after a minute. */
export async function untilPrinted(
  { child, output }: RunningCommand,
  text: string,
  times = 1,
): Promise<void> {
  const deadline = Date.now() + 60_000
  while (output().split(text).length <= times) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null
    if (hasEnded || Date.now() > deadline) throw new Error(`Not printed: ${text}\n${output()}`)
    await sleep(20)
  }
}

/** Whether anything listens there. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => end(true)).on('error', () => end(false))
  })
}
