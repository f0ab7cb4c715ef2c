import { type ErrorCode, errorCodes } from './error-codes.ts'

/** One problem of an input: where (JSON Pointer, RFC 6901), a stable code, and a sentence without the value. */
export interface InputProblem {
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

interface ErrorOptions {
  readonly fields?: readonly InputProblem[]
  readonly retryAfterSeconds?: number
  /** For the log alone; it never leaves the process. */
  readonly cause?: unknown
}

/** A failure that a caller may know of, by its code. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly fields: readonly InputProblem[]
  readonly retryAfterSeconds: number | null

  constructor(code: ErrorCode, { fields = [], retryAfterSeconds, cause }: ErrorOptions = {}) {
    super(errorCodes[code].title, { cause })
    this.name = 'AppError'
    this.code = code
    this.fields = fields
    this.retryAfterSeconds = retryAfterSeconds ?? null
  }
}
