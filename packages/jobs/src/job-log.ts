/** Where a runner tells what happens; any logger of @repo/logging is one. Nothing it is told holds a job's data. */
export interface JobLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
