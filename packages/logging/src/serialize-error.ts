export interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: LoggedError
}

const maxCauses = 5
const maxMessage = 2_000

/**
 * An error as it is logged: type, message, code, stack and causes. Other properties (a driver's
 * parameters, a row's values) stay out.
 */
export function serializeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error' }
  const { name, message, stack, cause } = error
  const code: unknown = Reflect.get(error, 'code')
  return {
    type: name,
    message: message.slice(0, maxMessage),
    ...(typeof code === 'string' ? { code } : {}),
    ...(stack === undefined ? {} : { stack: framesOf(stack) }),
    ...(cause instanceof Error && depth < maxCauses
      ? { cause: serializeError(cause, depth + 1) }
      : {}),
  }
}

/** The frames alone: the text above them repeats the message, at any length. */
const framesOf = (stack: string) =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 20)
    .join('\n')
