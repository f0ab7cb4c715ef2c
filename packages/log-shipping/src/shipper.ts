import { setTimeout as sleep } from 'node:timers/promises'
import { backOffMs } from './back-off.ts'
import type { Destination, Line, Outcome } from './destination.ts'
import { createLineQueue } from './line-queue.ts'
import { reasonOf } from './reason-of.ts'

export interface ShipperOptions {
  readonly maxWaitingBytes: number
  /** How long lines are waited for that could go along. */
  readonly lingerMs: number
  /** Is told, once for each line, what became of it. */
  readonly onSettled: (count: { shipped: number; lost: number; reason: string | null }) => void
  /** Is told when the receiver has not taken anything for a while, and null when it does again. */
  readonly onTrouble: (reason: string | null) => void
}

/** Sends lines to one destination, batch after batch, each until it is taken. */
export interface Shipper {
  /** What finds no room is lost: the newest, so that what is held has one end. */
  add(lines: readonly Line[]): void
  /** Resolves when nothing waits any more; waits between attempts are short from here on. */
  close(): Promise<void>
}

const failuresOfTrouble = 4
const lastWaitMs = 500

export function createShipper(destination: Destination, options: ShipperOptions): Shipper {
  const queue = createLineQueue(options.maxWaitingBytes)
  const closing = new AbortController()
  let arrived = Promise.withResolvers<void>()
  let failures = 0

  async function run(): Promise<void> {
    let isBehind = false
    while (await hasLines()) {
      const isFull = isBehind || queue.count() >= destination.maxLines
      if (!isFull && !closing.signal.aborted) await pause(options.lingerMs)
      const batch = queue.take(destination)
      isBehind = queue.count() > 0
      await ship(batch)
      queue.release(batch)
    }
  }

  /** Waits for lines; false when there are none, and none will come. */
  async function hasLines(): Promise<boolean> {
    while (queue.count() === 0) {
      if (closing.signal.aborted) return false
      await arrived.promise
      arrived = Promise.withResolvers()
    }
    return true
  }

  /** Until each line is taken or lost. */
  async function ship(batch: readonly Line[]): Promise<void> {
    let rest = batch
    while (rest.length > 0) {
      const outcome = await send(rest)
      if (outcome.isTooLarge && rest.length > 1) {
        const half = Math.ceil(rest.length / 2)
        await ship(rest.slice(0, half))
        return ship(rest.slice(half))
      }
      settle(rest, outcome)
      rest = outcome.again
      if (rest.length > 0) await wait(outcome)
    }
  }

  const send = (lines: readonly Line[]): Promise<Outcome> =>
    destination
      .send(lines)
      .catch((error: unknown) => ({ again: lines, lost: 0, reason: reasonOf(error) }))

  /** A receiver may say that it refuses more than it was sent. */
  function settle(sent: readonly Line[], { again, reason, ...outcome }: Outcome): void {
    const settled = sent.length - again.length
    const lost = Math.max(0, Math.min(outcome.lost, settled))
    const shipped = settled - lost
    if (shipped + lost === 0) fail(reason ?? 'unknown')
    else succeed({ shipped, lost, reason: lost > 0 ? reason : null })
  }

  function succeed(settled: Parameters<ShipperOptions['onSettled']>[0]): void {
    options.onSettled(settled)
    if (failures >= failuresOfTrouble) options.onTrouble(null)
    failures = 0
  }

  function fail(reason: string): void {
    failures += 1
    if (failures === failuresOfTrouble) options.onTrouble(reason)
  }

  async function wait({ reason, pauseMs = 0 }: Outcome): Promise<void> {
    if (reason === null) return
    const wanted = Math.max(pauseMs, backOffMs(failures, Math.random))
    await pause(closing.signal.aborted ? Math.min(wanted, lastWaitMs) : wanted)
  }

  /** Ends early when the closing begins. */
  async function pause(ms: number): Promise<void> {
    const signal = closing.signal.aborted ? undefined : closing.signal
    await sleep(ms, undefined, signal && { signal }).catch(() => undefined)
  }

  const ended = run()
  return {
    add(lines) {
      const lost = lines.filter((line) => !queue.add(line)).length
      if (lost > 0) options.onSettled({ shipped: 0, lost, reason: 'no room' })
      arrived.resolve()
    },
    close() {
      closing.abort()
      arrived.resolve()
      return ended
    },
  }
}
