import { randomUUID } from 'node:crypto'
import type { AuditLog } from '@repo/audit'
import { type Alert, createAddressBlocks, createDetection } from '@repo/detection'
import { type Logger, nameEvent } from '@repo/logging'
import type { Services } from './services.ts'

interface DetectionOptions extends Pick<Services, 'clock' | 'limiter'> {
  readonly database: Services['database']['database']
  readonly audit: AuditLog
  readonly logger: Logger
}

/** What watches, and the addresses that it closes; an alert is a line of the log and a record of the audit log. */
export function openDetection({ database, clock, limiter, audit, logger }: DetectionOptions) {
  const onError = (error: unknown) => logger.error({ err: error }, 'detection failed')
  const blocks = createAddressBlocks({ database, clock, onError })
  const detection = createDetection({
    blocks,
    mayFailAgain: async (key) => (await limiter.decide([{ name: 'failedLogin', key }])).allowed,
    onAlert: ({ rule, block }: Alert) => {
      const event = nameEvent('authn_login_lock', { reason: rule })
      const { key: address, until, count } = block
      logger.warn({ event, alert: rule, address, until, count }, 'an address was blocked')
      audit.record({
        time: clock(),
        ...{ organizationId: null, actor: null, action: 'detection.addressBlocked' },
        ...{ target: block.key, outcome: 'success', code: rule, address: block.key },
        requestId: randomUUID(),
        before: null,
        after: { until: block.until.toISOString(), count: block.count },
      })
    },
    onError,
  })
  return { blocks, detection }
}
