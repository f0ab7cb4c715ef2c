import { type LogShippingOptions, openLogShipping } from '@repo/log-shipping'
import { createLogger, type Logger, nameEvent } from '@repo/logging'
import { endProcess } from './end-process.ts'

export interface ProcessName {
  /** In a sentence, such as `the API`. */
  readonly name: string
  /** As every line of its log names it. */
  readonly service: string
}

/** What a configuration says of the log. */
export interface LogConfig {
  readonly logLevel: string
  readonly logShipping: Omit<LogShippingOptions, 'service'>
}

/**
 * Starts a process, and gives it its log once it knows its configuration; one that cannot start says why, in a line of
 * the log, and ends with exit code 1.
 */
export async function startProcess(
  { name, service }: ProcessName,
  start: (openLogger: (config: LogConfig) => Logger) => Promise<void>,
): Promise<void> {
  let logger = createLogger({ level: 'fatal', service })
  try {
    await start(({ logLevel, logShipping }) => {
      const shipping = openLogShipping({ service, ...logShipping })
      logger = createLogger({ level: logLevel, service, shipping })
      return logger
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    const event = nameEvent('sys_crash', { reason: 'start' })
    logger.fatal({ event, err: error }, `${name} could not start: ${reason}`)
    await endProcess(logger, 1)
  }
}

/** Says that the process does its work from here on, and what else there is to know of it. */
export function tellReady(logger: Logger, fields: object): void {
  logger.warn({ event: nameEvent('sys_startup'), ...fields }, 'ready')
}
