import { setTimeout as sleep } from 'node:timers/promises'
import { request } from '../support/request.ts'

const everyMs = 250

export interface MeasuredClient {
  /** Ends it; its latencies in words, and what was no 200. */
  stop(): Promise<{ readonly latencies: string; readonly failures: readonly string[] }>
}

/** One client that asks four times a second, each time on a connection of its own. */
export function measureClient(url: string, cookie: string): MeasuredClient {
  const took: number[] = []
  const failures: string[] = []
  let isWanted = true

  async function ask(): Promise<void> {
    const begun = performance.now()
    const headers = { connection: 'close' }
    const answer = await request(url, { cookie, headers }).catch((error: Error) => error)
    took.push(performance.now() - begun)
    if (answer instanceof Error) failures.push(answer.message)
    else if (answer.status !== 200) failures.push(answer.text)
  }

  async function work(): Promise<void> {
    while (isWanted) {
      await ask()
      await sleep(everyMs)
    }
  }

  const working = work()
  return {
    async stop() {
      isWanted = false
      await working
      return { latencies: describe(took), failures }
    },
  }
}

function describe(took: readonly number[]): string {
  const sorted = took.toSorted((one, other) => one - other)
  const at = (share: number) => `${Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)} ms`
  return `a client was served ${took.length} times, median ${at(0.5)}, p99 ${at(0.99)}`
}
