import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import { serializeError } from './serialize-error.ts'

export type { Logger }

export interface LoggerOptions {
  readonly level: string
  /** Where lines go; standard output by default, written without stalling a request. */
  readonly destination?: DestinationStream
}

// Past this many waiting bytes the newest lines are dropped: a blocked pipe costs log lines, not requests.
const maxWaitingBytes = 4 * 1024 * 1024

const secrets = [
  'authorization',
  'cookie',
  'password',
  'passwordHash',
  'token',
  'secret',
  'apiKey',
  'set-cookie',
]

/** One event, one line of JSON, with its time in ISO 8601; fields that name a secret are redacted. */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const output = destination ?? pino.destination({ fd: 1, sync: false, maxLength: maxWaitingBytes })
  return pino(
    {
      level,
      base: { service: 'rampart-api' },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      redact: { paths: secrets.flatMap(atAnyLevel), censor: '[secret]' },
    },
    output,
  )
}

/** pino's redaction names each depth; three hold everything that is logged here. */
const atAnyLevel = (name: string) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]
