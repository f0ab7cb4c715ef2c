import type { AppError, InputProblem } from './app-error.ts'
import { type ErrorCode, errorCodes } from './error-codes.ts'

/** Problem details (RFC 9457) with a stable `code`; for input, every problem at once. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly requestId: string
  readonly errors?: readonly InputProblem[]
}

/** What a caller is told of a failure: nothing of its cause. */
export function toProblem({ code, fields }: AppError, requestId: string): ProblemDocument {
  return {
    type: `urn:rampart:problem:${code}`,
    ...errorCodes[code],
    code,
    requestId,
    ...(fields.length > 0 ? { errors: fields } : {}),
  }
}
