export { createLogger, type Logger, type LoggerOptions } from './logger.ts'
export type { RequestFields } from './request-fields.ts'
export { type LoggedError, serializeError } from './serialize-error.ts'
