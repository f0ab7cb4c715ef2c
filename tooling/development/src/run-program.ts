import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { watchSources } from './watch-sources.ts'

const endMs = 20_000

export interface Program {
  /** As it is called where it ends by itself. */
  readonly name: string
  readonly entry: string
  readonly environment: NodeJS.ProcessEnv
}

export interface RunningProgram {
  stop(): Promise<void>
}

/** Runs a program in a process of its own and starts it anew when a source file changes. */
export function runProgram(program: Program): RunningProgram {
  let child = start(program)
  let isStopping = false
  let restarting: Promise<void> = Promise.resolve()

  async function restart(): Promise<void> {
    await end(child)
    if (!isStopping) child = start(program)
  }
  const sources = watchSources(() => {
    // One after the other: two at once would fight for the port.
    restarting = restarting.then(restart)
  })
  return {
    async stop() {
      isStopping = true
      sources.close()
      await restarting
      await end(child)
    },
  }
}

const isEnding = new WeakSet<ChildProcess>()

function start({ name, entry, environment }: Program): ChildProcess {
  const child = fork(entry, {
    env: environment,
    // A group of its own: Ctrl-C reaches this process alone, which then ends things in order.
    detached: true,
    execArgv: ['--import', join(import.meta.dirname, 'end-with-parent.ts')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.once('exit', (code, signal) => {
    if (isEnding.has(child)) return
    console.error(
      `\n${name} ended (${signal ?? `exit code ${code}`}). It starts again when a source file changes.\n` +
        'For another environment stop this with Ctrl-C and start it anew.\n',
    )
  })
  return child
}

async function end(child: ChildProcess): Promise<void> {
  isEnding.add(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), endMs)
  await ended
  clearTimeout(timer)
}
