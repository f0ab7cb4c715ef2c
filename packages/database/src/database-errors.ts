import { AppError, type ErrorCode } from '@repo/errors'

// What Postgres' SQLSTATE and Prisma's codes mean to a caller; all others are ours to mend (500).
const meanings: Readonly<Record<string, ErrorCode>> = {
  '22021': 'invalid_input', // a character the encoding cannot hold, such as NUL
  '22P05': 'invalid_input',
  '23505': 'conflict',
  '23503': 'not_found', // a reference to what does not exist (for this tenant)
  '42501': 'not_found', // row-level security refused the row
  RF001: 'quota_exceeded', // raised by the trigger keep_file_quota
  RF002: 'conflict', // raised by the trigger keep_custom_role_bound
  RF003: 'conflict', // raised by the trigger keep_administrator
  '25006': 'unavailable', // a replica, or who was the primary before a failover
  '40001': 'unavailable', // serialization failure
  '40P01': 'unavailable', // deadlock
  '53300': 'unavailable', // too many connections
  '55P03': 'unavailable', // lock_timeout
  '57014': 'unavailable', // statement_timeout
  '57P01': 'unavailable', // the server is shutting down
  '57P02': 'unavailable',
  '57P03': 'unavailable',
  '08000': 'unavailable',
  '08003': 'unavailable',
  '08006': 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EPIPE: 'unavailable',
  ETIMEDOUT: 'unavailable',
  EAI_AGAIN: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENOTFOUND: 'unavailable',
  P1001: 'unavailable',
  P1002: 'unavailable',
  P1008: 'unavailable',
  P1017: 'unavailable',
  P2024: 'unavailable',
  P2028: 'unavailable',
  P2034: 'unavailable',
  P2037: 'unavailable',
  P2002: 'conflict',
  P2003: 'not_found',
  P2025: 'not_found',
}

const details: Readonly<Record<string, string>> = {
  RF003: 'An installation keeps an administrator: make somebody else one first.',
  RF002: 'An organization has at most 50 roles of its own.',
}

// pg raises these without a code.
const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed)/

function readProperty(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value
    ? Reflect.get(value, key)
    : undefined
}

/** The database's own codes, from Prisma's wrapping inwards to what the driver said. */
function* codesOf(error: unknown): Generator<string> {
  let inner = error
  for (let depth = 0; inner !== undefined && depth < 5; depth += 1) {
    const code = readProperty(inner, 'originalCode') ?? readProperty(inner, 'code')
    if (typeof code === 'string') yield code
    const message = readProperty(inner, 'message')
    if (typeof message === 'string' && lostConnection.test(message)) yield 'ECONNRESET'
    inner =
      readProperty(readProperty(inner, 'meta'), 'driverAdapterError') ??
      readProperty(inner, 'cause')
  }
}

/**
 * What a failed query means: an AppError whose cause is the driver's error, so that its text and
 * values stay in the log.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  for (const code of codesOf(error)) {
    const meaning = Object.hasOwn(meanings, code) ? meanings[code] : undefined
    if (meaning === 'unavailable')
      return new AppError(meaning, { cause: error, retryAfterSeconds: 1 })
    const detail = details[code]
    if (meaning) return new AppError(meaning, { ...(detail && { detail }), cause: error })
  }
  return new AppError('internal', { cause: error })
}
