import { setTimeout as sleep } from 'node:timers/promises'
import type { LineShipping, ShippingReport } from '@repo/logging'
import { createLossReports } from './loss-reports.ts'
import { createCounts } from './shipping-counts.ts'
import { startShippingThread } from './shipping-thread.ts'
import type { FromThread } from './thread-messages.ts'
import { toThreadSettings } from './thread-settings.ts'

/** A value that does not print. */
interface Hidden {
  reveal(): string
}

export interface LogShippingOptions {
  /** The name that the lines carry. */
  readonly service: string
  /** Such as `production`: letters, digits and _ alone. */
  readonly environment: string
  readonly cloudWatch: { readonly region: string; readonly logGroup: string } | null
  /** `authorization` is the whole header. */
  readonly elasticsearch: { readonly url: string; readonly authorization: Hidden | null } | null
  readonly otlp: {
    readonly url: string
    readonly headers: Readonly<Record<string, Hidden>>
  } | null
  /** How much may wait for each destination before the newest lines are lost; 16 MiB by default. */
  readonly maxWaitingBytes?: number
  /** How long lines are waited for that could go along; a second by default. */
  readonly lingerMs?: number
  /** How long the end waits for receivers; five seconds by default. */
  readonly closeWithinMs?: number
  /** Of the thread that ships; 256 MiB by default, far above what may wait. */
  readonly maxHeapMb?: number
  /** A loss is over when nothing was lost for so long; ten seconds by default. */
  readonly quietMs?: number
}

const defaults = {
  maxWaitingBytes: 16 * 1024 * 1024,
  lingerMs: 1_000,
  closeWithinMs: 5_000,
  quietMs: 10_000,
  maxHeapMb: 256,
}
// What the thread has not taken yet: more waits there only while it does not get the processor.
const maxHeldLength = 4 * 1024 * 1024
const handEveryMs = 100
const maxCollectedLines = 1_000

/** Takes lines to each destination that is configured; null where there is none. */
export function openLogShipping(options: LogShippingOptions): LineShipping | null {
  const settings = { ...defaults, ...options }
  const { maxWaitingBytes, lingerMs, closeWithinMs } = settings
  const data = { ...toThreadSettings(options), maxWaitingBytes, lingerMs }
  const names = (['cloudwatch', 'elasticsearch', 'otlp'] as const).filter((name) => data[name])
  if (names.length === 0) return null

  const counts = createCounts(names)
  let tellLog: (report: ShippingReport) => void = () => undefined
  let isTelling = false
  const losses = createLossReports(tell, settings.quietMs)
  let collected: string[] = []
  let heldLength = 0
  let timer: NodeJS.Timeout | undefined
  let closing: Promise<void> | null = null
  const closed = Promise.withResolvers<void>()
  const thread = startShippingThread({
    data,
    maxHeapMb: settings.maxHeapMb,
    onMessage,
    onStarted: () => setImmediate(hand),
    onDied(reason) {
      for (const name of names) lose(name, counts.waiting(name) - collected.length, reason)
      heldLength = lengthOf(collected)
      if (closing) closed.resolve()
    },
  })

  /** A line about a loss must not be the next one that is lost. */
  function tell(report: ShippingReport): void {
    isTelling = true
    tellLog(report)
    isTelling = false
  }

  function lose(destination: string, lost: number, reason: string): void {
    if (lost === 0) return
    counts.settle(destination, { shipped: 0, lost })
    losses.add(destination, lost, reason)
  }

  function hand(): void {
    clearTimeout(timer)
    timer = undefined
    if (collected.length === 0 || !thread.isRunning()) return
    thread.post({ kind: 'lines', text: collected.join('') })
    collected = []
  }

  function onMessage(message: FromThread): void {
    if (message.kind === 'taken') heldLength -= message.length
    else if (message.kind === 'closed') closed.resolve()
    else if (message.kind === 'trouble') tell(troubleOf(message))
    else {
      counts.settle(message.destination, { shipped: message.shipped, lost: 0 })
      lose(message.destination, message.lost, message.reason ?? 'unknown')
    }
  }

  async function end(): Promise<void> {
    hand()
    thread.post({ kind: 'close' })
    if (!thread.isRunning()) closed.resolve()
    const giveUp = new AbortController()
    await Promise.race([closed.promise, sleep(closeWithinMs, undefined, giveUp)])
    giveUp.abort()
    await thread.end()
    for (const name of names) lose(name, counts.waiting(name), 'the end')
    losses.close()
  }

  return {
    write(line) {
      if (isTelling) return
      counts.write(1)
      if (closing || heldLength + line.length > maxHeldLength) {
        for (const name of names) lose(name, 1, closing ? 'the end' : 'no room')
        return
      }
      heldLength += line.length
      collected.push(line)
      if (collected.length >= maxCollectedLines) hand()
      else timer ??= setTimeout(hand, handEveryMs).unref()
    },
    read: counts.read,
    onReport(tellReports) {
      tellLog = tellReports
    },
    close() {
      closing ??= end()
      return closing
    },
  }
}

const lengthOf = (lines: readonly string[]) => lines.reduce((sum, { length }) => sum + length, 0)

const troubleOf = ({ destination, reason }: { destination: string; reason: string | null }) =>
  reason === null
    ? ({
        level: 'info',
        message: 'a receiver of the log takes lines again',
        fields: { destination },
      } as const)
    : ({
        level: 'warn',
        message: 'a receiver of the log takes no lines',
        fields: { destination, reason },
      } as const)
