import { cleanText } from './clean-text.ts'

export interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: LoggedError
}

const maxCauses = 5
const maxFrames = 20

/**
 * An error as it is logged: type, message, code, frames and causes. Other properties (a driver's
 * parameters, a row's values, a request) stay out.
 */
export function serializeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error' }
  const code: unknown = Reflect.get(error, 'code')
  return {
    type: error.name,
    message: cleanText(withoutQueryValues(error)),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof error.stack === 'string' ? { stack: framesOf(error.stack) } : {}),
    ...(error.cause instanceof Error && depth < maxCauses
      ? { cause: serializeError(error.cause, depth + 1) }
      : {}),
  }
}

/**
 * Prisma prints a query with its arguments between the first and the last line of its message;
 * Postgres quotes a value it could not read after a colon. Names of constraints follow no colon.
 */
function withoutQueryValues({ name, message }: Error): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '')
  const isPrismas = name.startsWith('Prisma') && lines.length > 2
  const text = isPrismas ? `${lines[0]} … ${lines.at(-1)}` : message
  return text.replace(/: ".*"/s, ': "[value]"')
}

/** The frames alone: the text above them repeats the message, at any length. */
function framesOf(stack: string): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return frames.slice(0, maxFrames).join('\n')
}
