import type { Logger } from '@repo/logging'

/**
 * Ends the process once its last lines are written. Where nobody reads them it is killed: an exit would wait for the
 * thread that writes, and that for the reader, for ever.
 */
export async function endProcess(logger: Logger, code: number): Promise<never> {
  const isWritten = await logger.close()
  if (!isWritten) process.kill(process.pid, 'SIGKILL')
  process.exit(code)
}
