import type { WorkerConfig } from '@repo/config'
import type { JobHandler, Schedule } from '@repo/jobs'
import { createAlert } from './jobs/alert.ts'
import { createAlertDeliveries } from './jobs/alert-delivery.ts'
import { createAuditSeal, createAuditUpkeep } from './jobs/audit.ts'
import { createCleanUp } from './jobs/clean-up.ts'
import { createEncryptionUpkeep } from './jobs/encryption-upkeep.ts'
import { createKeyExpiry } from './jobs/key-expiry.ts'
import { createKeyRotationJob } from './jobs/key-rotation.ts'
import { mountMail } from './jobs/mail.ts'
import { createWebhookDisabled } from './jobs/webhook-disabled.ts'
import { createWeeklyDigest } from './jobs/weekly-digest.ts'
import type { Services } from './services.ts'
import { traceJobs } from './trace-jobs.ts'

/** What the worker does: a file of `jobs/` each. */
export const createHandlers = (services: Services): readonly JobHandler[] =>
  traceJobs(
    [
      mountMail(services),
      createKeyExpiry(services),
      createKeyRotationJob(services),
      createEncryptionUpkeep(services),
      createCleanUp(services),
      createAlert(services),
      ...createAlertDeliveries(services),
      createAuditSeal(services),
      createAuditUpkeep(services),
      services.webhookDelivery,
      createWebhookDisabled(services),
      createWeeklyDigest(services),
    ],
    services.tracing,
  )

/** When nobody has to ask: in UTC, but for what people read. */
export const createSchedules = ({
  digestTimeZone,
}: Pick<WorkerConfig, 'digestTimeZone'>): readonly Schedule[] => [
  { cron: '* * * * *', queue: 'audit-seal' },
  { cron: '17 2 * * *', queue: 'audit-upkeep' },
  { cron: '17 3 * * *', queue: 'clean-up' },
  { cron: '47 * * * *', queue: 'key-rotation' },
  { cron: '37 3 * * *', queue: 'encryption-upkeep' },
  { cron: '17 8 * * *', queue: 'key-expiry' },
  // On Tuesdays too: a Monday's morning can be the week before's in UTC, and what failed gets a second chance.
  { cron: '0 7 * * 1,2', queue: 'weekly-digest', timeZone: digestTimeZone },
]
