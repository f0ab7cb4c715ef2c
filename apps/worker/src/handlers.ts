import type { JobHandler, Schedule } from '@repo/jobs'
import { createAlert } from './jobs/alert.ts'
import { createAlertDeliveries } from './jobs/alert-delivery.ts'
import { createAuditSeal, createAuditUpkeep } from './jobs/audit.ts'
import { createCleanUp } from './jobs/clean-up.ts'
import { createKeyExpiry } from './jobs/key-expiry.ts'
import { mountMail } from './jobs/mail.ts'
import type { Services } from './services.ts'

/** What the worker does: a file of `jobs/` each. */
export const createHandlers = (services: Services): readonly JobHandler[] => [
  mountMail(services),
  createKeyExpiry(services),
  createCleanUp(services),
  createAlert(services),
  ...createAlertDeliveries(services),
  createAuditSeal(services),
  createAuditUpkeep(services),
]

/** When, in UTC, nobody has to ask. */
export const schedules: readonly Schedule[] = [
  { cron: '* * * * *', queue: 'audit-seal' },
  { cron: '17 2 * * *', queue: 'audit-upkeep' },
  { cron: '17 3 * * *', queue: 'clean-up' },
  { cron: '17 8 * * *', queue: 'key-expiry' },
]
