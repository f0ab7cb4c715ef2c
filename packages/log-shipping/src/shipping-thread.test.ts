import { expect, it, vi } from 'vitest'
import { startShippingThread } from './shipping-thread.ts'
import type { ThreadData } from './thread-messages.ts'

it('starts a thread that dies again and again after longer and longer waits', async () => {
  // A destination without an address: the thread throws before it takes anything.
  const data: ThreadData = JSON.parse('{ "elasticsearch": {} }')
  const deaths: number[] = []
  const thread = startShippingThread({
    data,
    maxHeapMb: 64,
    onMessage: () => undefined,
    onStarted: () => undefined,
    onDied: () => deaths.push(performance.now()),
  })
  await vi.waitUntil(() => deaths.length === 4, { timeout: 20_000 })
  await thread.end()
  const [first = 0, second = 0, third = 0, fourth = 0] = deaths
  expect(fourth - third - (second - first)).toBeGreaterThan(1_000)
})
