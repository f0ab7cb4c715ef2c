import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type NodeProcess, startNode } from '@repo/testing'

const source = join(import.meta.dirname, '../src')

type Environment = Readonly<Record<string, string>>

/** Runs `dev.ts` or `database.ts` as `pnpm` does, with this environment and no other. */
export function runCommand(
  file: 'dev' | 'database' | 'rotate',
  args: readonly string[],
  environment: Environment = {},
): NodeProcess {
  const started = startNode([join(source, `${file}.ts`), ...args], environment)
  // Not `close`: the API shares these pipes, and it may outlive a killed runner for a moment.
  const ended = once(started.child, 'exit').then(([code, signal]) => code ?? signal)
  return { ...started, ended }
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
