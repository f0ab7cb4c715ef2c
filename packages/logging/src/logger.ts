import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino'
import { alsoTo } from './also-to.ts'
import { type CleanFields, createCleanFields } from './clean-fields.ts'
import { cleanText } from './clean-text.ts'
import type { LineShipping, ShippingCounts } from './line-shipping.ts'
import { openLogOutput } from './log-output.ts'
import type { SecurityEventName } from './security-events.ts'

export interface LoggerOptions {
  readonly level: string
  /** The name that every line carries; `rampart-api` by default. */
  readonly service?: string
  /** A stream, a path or a file descriptor; standard output by default. */
  readonly destination?: DestinationStream | string | number
  /** Write each line at once, at the cost of stalling when the reader does; false by default. */
  readonly sync?: boolean
  /** How much may wait for a blocked reader before the newest lines are dropped; 4 MiB by default. */
  readonly maxWaitingBytes?: number
  /** Where lines go beside `destination`; nowhere by default. */
  readonly shipping?: LineShipping | null
}

export type Logger = PinoLogger & {
  /** How many lines were lost to a blocked reader so far. */
  countDropped(): number
  /** Counts a security event, whether or not its level is logged. */
  countEvent(name: SecurityEventName): void
  /** How often there was which security event so far. */
  countEvents(): ReadonlyMap<SecurityEventName, number>
  /** Redacts fields of these names, at any depth, in every line from here on: what a schema calls sensitive. */
  hide(names: Iterable<string>): void
  /** What became of the lines that were to be shipped, for each destination. */
  readShipping(): readonly ShippingCounts[]
  /**
   * Resolves when every line is shipped, after five seconds at the latest, and written, after a second; lines may
   * still follow, and are written. False where the reader has not taken them all.
   */
  close(): Promise<boolean>
}

const defaultWaitingBytes = 4 * 1024 * 1024
const closeWithinMs = 1_000
const standardOutput = 1

/** One event, one line of JSON, with its time in ISO 8601; nothing that is named a secret is in it. */
export function createLogger(options: LoggerOptions): Logger {
  const { destination = standardOutput, sync = false } = options
  const { maxWaitingBytes = defaultWaitingBytes } = options
  const hidden = new Set<string>()
  const clean = createCleanFields((name) => hidden.has(name))
  const hide = (names: Iterable<string>) => {
    for (const name of names) hidden.add(name)
  }
  if (typeof destination === 'object') {
    const logger = createPino(options, { stream: destination, clean })
    return withEnd(logger, options, { clean, hide, countDropped: () => 0 })
  }
  const output = openLogOutput({ destination, sync, maxWaitingBytes })
  const logger = createPino(options, { stream: output.stream, clean })
  output.onRecovered((dropped) => logger.warn({ dropped }, 'log lines were dropped'))
  return withEnd(logger, options, { clean, hide, countDropped: output.countDropped })
}

interface Output {
  readonly stream: DestinationStream
  readonly clean: CleanFields
}

function createPino(options: LoggerOptions, { stream, clean }: Output) {
  const { level, service = 'rampart-api', shipping } = options
  return pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: clean,
      },
      // pino's own would work on what is cleaned already.
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod([first, message, ...values], method) {
          if (typeof first !== 'object') {
            return method.call(this, cleanText(String(first)), message, ...values)
          }
          // Without a message of its own an event would get its error's, as it came.
          const fields = first instanceof Error ? { err: first } : first
          method.call(this, fields, message === undefined ? '' : cleanText(message), ...values)
        },
      },
    },
    shipping ? alsoTo(shipping, stream) : stream,
  )
}

interface Own extends Pick<Logger, 'countDropped' | 'hide'> {
  readonly clean: CleanFields
}

function withEnd(logger: PinoLogger, { shipping }: LoggerOptions, { clean, ...own }: Own): Logger {
  const { child } = logger
  const events = new Map<SecurityEventName, number>()
  shipping?.onReport(({ level, message, fields }) => logger[level](fields, message))
  return Object.assign(logger, {
    ...own,
    readShipping: () => shipping?.read() ?? [],
    countEvent: (name: SecurityEventName) => void events.set(name, (events.get(name) ?? 0) + 1),
    countEvents: () => events,
    // pino's formatters do not see the fields of a child. Its children inherit this.
    child(this: PinoLogger, fields: object) {
      return child.call(this, clean(fields))
    },
    async close() {
      await shipping?.close()
      return flush(logger)
    },
  })
}

const flush = (logger: PinoLogger) =>
  new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), closeWithinMs)
    logger.flush(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
