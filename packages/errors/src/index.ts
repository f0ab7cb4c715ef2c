export { AppError, type AppErrorOptions, type InputProblem } from './app-error.ts'
export { type ErrorCode, errorCodes } from './error-codes.ts'
export { type ProblemDocument, toProblem } from './problem-document.ts'
export { secondsUntil } from './retry-after.ts'
