import { setTimeout as sleep } from 'node:timers/promises'
import { vi } from 'vitest'
import type { createBehaviours } from './behaviour.ts'
import type { TestLog } from './open-log.ts'

export const burstSize = 10_000
const outageMs = 1_500

/** 10 000 events, to a receiver that throttles each third request and is gone in the middle; resolves when none waits. */
export async function burstThroughOutage(
  log: TestLog,
  receiver: Pick<ReturnType<typeof createBehaviours>, 'fix'>,
): Promise<void> {
  log.burst(0, burstSize / 2)
  await vi.waitUntil(() => log.counts().shipped > 0, { timeout: 20_000 })
  receiver.fix('cut')
  log.burst(burstSize / 2, burstSize)
  await sleep(outageMs)
  receiver.fix(null)
  await log.settled()
}
