import type { Logger } from '@repo/logging'
import { startTracing, type Tracing } from './start-tracing.ts'

interface TracingSettings {
  readonly tracing: {
    readonly url: string
    readonly headers: Readonly<Record<string, { reveal(): string }>>
    readonly ratio: number
  } | null
}

interface TracingOwner {
  readonly service: string
  readonly logger: Pick<Logger, 'info' | 'warn'>
}

/** The traces that are configured; null where they go nowhere. */
export async function openTracing(
  { tracing }: TracingSettings,
  { service, logger }: TracingOwner,
): Promise<Tracing | null> {
  if (tracing === null) return null
  const { url, headers, ratio } = tracing
  const revealed = Object.entries(headers).map(([name, value]) => [name, value.reveal()])
  return startTracing({
    ...{ service, url, ratio },
    headers: Object.fromEntries(revealed),
    onOutage(isOut) {
      if (isOut) logger.warn('traces are not taken: what is recorded meanwhile is lost')
      else logger.info('traces are taken again')
    },
  })
}
