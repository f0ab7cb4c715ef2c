/** An error of a line; the stack goes on with what it was caused by. */
export interface ErrorTexts {
  readonly type?: string
  readonly message?: string
  readonly code?: string
  readonly stack?: string
}

/** Null where the value is no error as @repo/logging writes one. */
export function readError(value: unknown): ErrorTexts | null {
  if (typeof value !== 'object' || value === null) return null
  const { type, message, code, stack, cause } = value as Partial<Record<string, unknown>>
  const frames = [stack, describeCause(readError(cause))].filter((text) => typeof text === 'string')
  return {
    ...(typeof type === 'string' && { type }),
    ...(typeof message === 'string' && { message }),
    ...(typeof code === 'string' && { code }),
    ...(frames.length > 0 && { stack: frames.join('\n') }),
  }
}

const describeCause = (cause: ErrorTexts | null) =>
  cause && [`Caused by: ${cause.type}: ${cause.message}`, cause.stack].filter(Boolean).join('\n')
