import { type Logger, nameEvent } from '@repo/logging'
import { endProcess } from './end-process.ts'

export interface EndOptions {
  readonly logger: Logger
  /** When the process ends, whatever still runs in it. */
  readonly endMs: number
  /** Takes nothing new, lets what runs end, and then closes what was opened. */
  close(): Promise<void>
}

/**
 * Ends the process without losing what it does, at SIGTERM and SIGINT with exit code 0. A second signal, or `endMs`,
 * ends it at once; a fault that nobody caught ends it the same way with exit code 1.
 */
export function stopGracefully({ logger, endMs, close }: EndOptions): void {
  let stopping = false
  let exitCode = 0

  async function stop(reason: string): Promise<void> {
    if (stopping) return
    stopping = true
    logger.warn({ event: nameEvent('sys_shutdown', { reason }), reason }, 'stopping')
    setTimeout(() => void endProcess(logger, 1), endMs).unref()
    await close().catch((error: unknown) => crash('stop', error, 'what was opened did not close'))
    await endProcess(logger, exitCode)
  }

  function onSignal(signal: string): void {
    if (stopping) process.exit(1)
    void stop(signal)
  }

  /** What runs is let end all the same: a fault while the process stops cuts nothing off. */
  function crash(reason: string, error: unknown, said: string): void {
    logger.fatal({ event: nameEvent('sys_crash', { reason }), err: error }, said)
    exitCode = 1
    void stop(reason)
  }

  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('uncaughtException', (error) =>
    crash('uncaughtException', error, 'uncaught exception'),
  )
  process.on('unhandledRejection', (error) =>
    crash('unhandledRejection', error, 'unhandled rejection'),
  )
}
