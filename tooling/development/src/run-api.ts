import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { apiEntry, sourceFolders } from './state.ts'

const settleMs = 150
const endMs = 12_000

export interface RunningApi {
  stop(): Promise<void>
}

/** Runs the API in a process of its own and starts it anew when a source file changes. */
export function runApi(environment: NodeJS.ProcessEnv): RunningApi {
  let child = start(environment)
  let timer: NodeJS.Timeout | undefined
  let isStopping = false

  async function restart(): Promise<void> {
    await end(child)
    if (!isStopping) child = start(environment)
  }
  const watchers = sourceFolders.map((folder) =>
    watch(folder, { recursive: true }, (_event, file) => {
      if (!file || !isSource(file)) return
      clearTimeout(timer)
      timer = setTimeout(() => void restart(), settleMs)
    }),
  )
  return {
    async stop() {
      isStopping = true
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      await end(child)
    },
  }
}

const isSource = (file: string) =>
  /src[\\/].*\.(ts|html|js)$/.test(file) && !/\.test\.ts$|node_modules/.test(file)

function start(environment: NodeJS.ProcessEnv): ChildProcess {
  return fork(apiEntry, {
    env: environment,
    // A group of its own: Ctrl-C reaches this process alone, which then ends things in order.
    detached: true,
    execArgv: ['--import', join(import.meta.dirname, 'end-with-parent.ts')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), endMs)
  await ended
  clearTimeout(timer)
}
