import type { AppError, InputProblem } from './app-error.ts'
import { type ErrorCode, errorCodes } from './error-codes.ts'

/** The body of every failed answer (RFC 9457, application/problem+json). */
export interface ProblemDocument {
  readonly type: `urn:rampart:problem:${ErrorCode}`
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly requestId: string
  readonly errors?: readonly InputProblem[]
}

/** Says what may leave the process about a failure: never its cause or its stack. */
export function toProblem(error: AppError, requestId: string): ProblemDocument {
  const { status, title, message } = errorCodes[error.code]
  return {
    type: `urn:rampart:problem:${error.code}`,
    title,
    status,
    detail: error.detail ?? message,
    code: error.code,
    requestId,
    ...(error.fields.length > 0 && { errors: error.fields.map(toPublicProblem) }),
  }
}

// Named one by one, so that a field added for the log never leaves by accident.
function toPublicProblem({ pointer, code, detail }: InputProblem): InputProblem {
  return { pointer, code, detail }
}
