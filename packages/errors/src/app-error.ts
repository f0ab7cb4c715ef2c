import { type ErrorCode, errorCodes } from './error-codes.ts'

/** One thing wrong with the input: where (JSON Pointer, RFC 6901), a stable code, a public sentence. */
export interface InputProblem {
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

export interface AppErrorOptions {
  readonly detail?: string
  readonly retryAfterSeconds?: number
  readonly fields?: readonly InputProblem[]
  readonly cause?: unknown
}

/**
 * A refusal or failure in the closed vocabulary of codes. All of it is public but `cause` and
 * `stack`; `retryAfterSeconds` is whole and at least 1.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly fields: readonly InputProblem[]

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.detail ?? errorCodes[code].message, options)
    this.code = code
    this.detail = options.detail
    this.retryAfterSeconds = toWholeSeconds(options.retryAfterSeconds)
    this.fields = options.fields ?? []
  }
}

// Retry-After counts whole seconds (RFC 9110, section 10.2.3); 0 would invite an immediate retry.
function toWholeSeconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds))
}
