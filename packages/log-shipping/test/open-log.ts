import { Writable } from 'node:stream'
import { createLogger, type LineShipping, type Logger, type ShippingCounts } from '@repo/logging'
import { vi } from 'vitest'
import { type LogShippingOptions, openLogShipping } from '../src/index.ts'

export interface TestLog {
  readonly logger: Logger
  readonly shipping: LineShipping
  /** Every line of the first output. */
  readonly lines: () => readonly Record<string, unknown>[]
  /** Logs events that are numbered, from and to. */
  readonly burst: (from: number, to: number) => void
  readonly counts: (destination?: string) => ShippingCounts
  /** Resolves when nothing waits. */
  readonly settled: () => Promise<void>
}

/** The real logger, whose lines are shipped to one destination or several. */
export function openLog(options: Partial<LogShippingOptions>): TestLog {
  const chunks: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const shipping = openLogShipping({
    service: 'rampart-api',
    environment: 'test',
    cloudWatch: null,
    elasticsearch: null,
    otlp: null,
    lingerMs: 50,
    ...options,
  })
  if (!shipping) throw new Error('There is no destination.')
  const logger = createLogger({ level: 'info', destination, shipping })
  function counts(destination?: string): ShippingCounts {
    const found = logger
      .readShipping()
      .find((one) => destination === undefined || one.destination === destination)
    if (!found) throw new Error('Nothing is shipped there.')
    return found
  }
  return {
    logger,
    shipping,
    counts,
    lines: () =>
      chunks
        .join('')
        .split('\n')
        .filter(Boolean)
        .map((line): Record<string, unknown> => JSON.parse(line)),
    burst(from, to) {
      for (let index = from; index < to; index += 1) logger.info({ index }, 'event')
    },
    async settled() {
      const isSettled = () => logger.readShipping().every(({ waiting }) => waiting === 0)
      await vi.waitUntil(isSettled, { timeout: 60_000, interval: 20 })
    },
  }
}

export const hidden = (value: string) => ({ reveal: () => value })

export const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)
