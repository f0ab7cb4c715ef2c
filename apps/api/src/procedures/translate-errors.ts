import { AppError, type ErrorCode, errorCodes, type ProblemDocument, toProblem } from '@repo/errors'
import { toInputProblems } from '@repo/validation'
import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'

const codes: Partial<Record<TRPCError['code'], ErrorCode>> = {
  PARSE_ERROR: 'bad_request',
  BAD_REQUEST: 'bad_request',
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'not_found',
  METHOD_NOT_SUPPORTED: 'method_not_allowed',
  PRECONDITION_FAILED: 'precondition_failed',
  PAYLOAD_TOO_LARGE: 'payload_too_large',
  UNSUPPORTED_MEDIA_TYPE: 'unsupported_media_type',
  TOO_MANY_REQUESTS: 'rate_limited',
}

const trpcCodes: Readonly<Record<number, TRPCError['code']>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  408: 'TIMEOUT',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
}

/** What went wrong in a procedure, in the vocabulary that may leave the process; the cause stays inside. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (!(error instanceof TRPCError)) return new AppError('internal', { cause: error })
  if (error.cause instanceof AppError) return error.cause
  if (error.code === 'BAD_REQUEST' && error.cause instanceof ZodError) {
    return new AppError('invalid_input', { fields: toInputProblems(error.cause), cause: error })
  }
  return new AppError(codes[error.code] ?? 'internal', { cause: error })
}

/** The same failure as tRPC throws it, so that its HTTP status is right. */
export function toTrpcError(error: AppError): TRPCError {
  const code = trpcCodes[errorCodes[error.code].status] ?? 'INTERNAL_SERVER_ERROR'
  return new TRPCError({ code, message: errorCodes[error.code].title, cause: error })
}

/** Whether it is ours to mend, not the caller's. */
export const isFault = ({ code }: AppError): boolean => errorCodes[code].status >= 500

/** The library's own number and name of a code keep their types, or its client would not see `problem`. */
interface ErrorShape<Code, Name> {
  readonly message: string
  readonly code: Code
  readonly data: {
    readonly code: Name
    readonly httpStatus: number
    readonly problem: ProblemDocument
  }
}

/**
 * tRPC's error body: the library's own message and stack are replaced by the problem document, and
 * the path it would echo, which is the caller's text, is left out.
 */
export function toErrorShape<Code, Name>(
  { code, data }: { readonly code: Code; readonly data: { readonly code: Name } },
  error: TRPCError,
  requestId: string,
): ErrorShape<Code, Name> {
  const problem = toProblem(toAppError(error), requestId)
  return {
    message: problem.detail ?? problem.title,
    code,
    data: { code: data.code, httpStatus: problem.status, problem },
  }
}
