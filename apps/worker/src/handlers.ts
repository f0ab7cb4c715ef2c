import type { JobHandler, Schedule } from '@repo/jobs'
import { createCleanUp } from './jobs/clean-up.ts'
import { createKeyExpiry } from './jobs/key-expiry.ts'
import { mountMail } from './jobs/mail.ts'
import type { Services } from './services.ts'

/** What the worker does: a file of `jobs/` each. */
export const createHandlers = (services: Services): readonly JobHandler[] => [
  mountMail(services),
  createKeyExpiry(services),
  createCleanUp(services),
]

/** When, in UTC, nobody has to ask. */
export const schedules: readonly Schedule[] = [
  { cron: '17 3 * * *', queue: 'clean-up' },
  { cron: '17 8 * * *', queue: 'key-expiry' },
]
