import { randomUUID } from 'node:crypto'
import type { AuditEvent, AuditLog } from '@repo/audit'
import {
  type AddressBlock,
  type Alert,
  createAddressBlocks,
  createAlertStore,
  createDetection,
  type RuleName,
  rules,
} from '@repo/detection'
import { type Logger, nameEvent } from '@repo/logging'
import type { Services } from './services.ts'

interface DetectionOptions extends Pick<Services, 'clock' | 'limiter' | 'metrics'> {
  readonly database: Services['database']['database']
  readonly redis: Services['redis']['client']
  readonly audit: AuditLog
  readonly logger: Logger
}

/** What watches, and the addresses that it closes; each alert and each block is a line of the log and a record of the audit log. */
export function openDetection({
  database,
  redis,
  clock,
  limiter,
  audit,
  logger,
  metrics,
}: DetectionOptions) {
  const onError = (error: unknown) => logger.error({ err: error }, 'detection failed')
  const blocks = createAddressBlocks({ database, clock, onError })

  function record(event: Pick<AuditEvent, 'action' | 'target' | 'code' | 'address' | 'after'>) {
    audit.record({
      time: clock(),
      ...{ organizationId: null, actor: null, outcome: 'success', before: null },
      requestId: randomUUID(),
      ...event,
    })
  }

  function onAlert({ id, rule, severity, subject, summary, count }: Alert): void {
    const { vocabulary } = rules[rule]
    const event = nameEvent(vocabulary, {
      userId: subject,
      target: subject,
      action: rule,
      reason: rule,
    })
    logger.countEvent(vocabulary)
    metrics.alertRaised(rule)
    logger.warn({ event, alert: rule, alertId: id, severity, subject, count }, summary)
    // Whom it is about stands with the alert alone: the audit log names nobody.
    const after = { rule, severity, count }
    record({ action: 'detection.alertRaised', target: id, code: rule, address: null, after })
  }

  function onBlocked(block: AddressBlock, rule: RuleName): void {
    const { key: address, until, count } = block
    const event = nameEvent('authn_login_lock', { reason: rule })
    logger.countEvent('authn_login_lock')
    metrics.addressBlocked()
    logger.warn({ event, blocked: rule, address, until, count }, 'an address was blocked')
    const what = { action: 'detection.addressBlocked', target: address, code: rule, address }
    record({ ...what, after: { until: until.toISOString(), count } })
  }

  const detection = createDetection({
    ...{ redis, blocks, onAlert, onBlocked, onError },
    alerts: createAlertStore({ database, clock }),
    mayFailAgain: async (key) => (await limiter.decide([{ name: 'failedLogin', key }])).allowed,
    // Only a test's clock is elsewhere than the time of day; by less than a second it is not.
    clockOffsetMs: () => Math.round((clock().getTime() - Date.now()) / 1_000) * 1_000,
    onDropped: (error, dropped) =>
      logger.error({ err: error, dropped }, 'security events were not counted'),
  })
  return { blocks, detection }
}
