import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type NodeProcess, startNode } from '@repo/testing'
import { vi } from 'vitest'
import type { TestApi } from './start-api.ts'

const main = fileURLToPath(new URL('../../../worker/src/main.ts', import.meta.url))

export interface Workers {
  readonly processes: readonly NodeProcess[]
  /** What all of them have logged. */
  readonly output: () => string
  readonly close: () => Promise<void>
}

/** So many workers, each a process of its own, over the database of an API; ready when it resolves. */
export async function runWorkers(
  api: TestApi,
  count: number,
  settings: Readonly<Record<string, string>>,
): Promise<Workers> {
  const environment = {
    NODE_ENV: 'test',
    BASE_URL: api.services.config.baseUrl,
    DATABASE_WORKER_URL: api.database.workerUrl,
    ENCRYPTION_KEYS: api.encryptionKeys,
    // Receivers of a test are on this machine.
    OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
    ...settings,
  }
  const processes = Array.from({ length: count }, () => startNode([main], environment))
  const endings = processes.map(({ child }) => once(child, 'close'))
  for (const { output } of processes) {
    await vi.waitUntil(() => output().includes('"msg":"ready"'), { timeout: 60_000 })
  }
  return {
    processes,
    output: () => processes.map(({ output }) => output()).join(''),
    async close() {
      for (const { child } of processes) child.kill('SIGTERM')
      await Promise.all(endings)
    },
  }
}
