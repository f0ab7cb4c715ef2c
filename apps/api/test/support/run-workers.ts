import { type AppProcess, startApp } from '@repo/testing'
import type { TestApi } from './start-api.ts'

export interface Workers {
  readonly processes: readonly AppProcess[]
  /** What all of them have logged. */
  readonly output: () => string
  readonly close: () => Promise<void>
}

type Settings = Readonly<Record<string, string>>

/** So many workers, each a process of its own, over the database of an API; ready when it resolves. */
export async function runWorkers(
  api: TestApi,
  count: number,
  settings: Settings | ((index: number) => Settings),
): Promise<Workers> {
  const settingsOf = typeof settings === 'function' ? settings : () => settings
  const environment = {
    NODE_ENV: 'test',
    BASE_URL: api.services.config.baseUrl,
    DATABASE_WORKER_URL: api.database.workerUrl,
    ENCRYPTION_KEYS: api.encryptionKeys,
    // Receivers of a test are on this machine.
    OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
  }
  const processes = Array.from({ length: count }, (_, index) =>
    startApp('worker', { ...environment, ...settingsOf(index) }),
  )
  await Promise.all(processes.map(({ untilReady }) => untilReady()))
  return {
    processes,
    output: () => processes.map(({ output }) => output()).join(''),
    async close() {
      for (const { child } of processes) child.kill('SIGTERM')
      await Promise.all(processes.map(({ ended }) => ended))
    },
  }
}
