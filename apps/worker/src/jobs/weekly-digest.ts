import {
  createDigestKeeper,
  type DigestKeeper,
  describeDigest,
  weekOf,
  weeksAfter,
} from '@repo/audit'
import { addJob, type DatabaseHandler, type JobTransaction } from '@repo/jobs'
import type { Services } from '../services.ts'

type Used = Pick<Services, 'config' | 'clock' | 'mailSeal' | 'logger'>

/**
 * Mails what happened in the week that is over, and in those before it that nobody was told of, what is out of the
 * ordinary first (G32). That it was told and the mails are one transaction: one digest a week, however many workers
 * there are and whatever becomes of them.
 */
export const createWeeklyDigest = (services: Used): DatabaseHandler => ({
  queue: 'weekly-digest',
  async runInTransaction(_job, transaction) {
    const week = weeksAfter(weekOf(services.clock()), -1)
    const digests = createDigestKeeper((text, values) => transaction.query(text, values))
    const untold = await digests.listUntold(week)
    if (untold.length === 0)
      services.logger.info({ week }, 'the digest of the week was told already')
    for (const one of untold) await tell(one, { transaction, digests, ...services })
  },
})

interface Telling extends Used {
  readonly transaction: JobTransaction
  readonly digests: DigestKeeper
}

async function tell(
  week: string,
  { transaction, digests, config, clock, mailSeal, logger }: Telling,
): Promise<void> {
  const now = clock()
  const digest = await digests.compose({ week, now, keyMaxAgeDays: config.apiKeyMaxAgeDays })
  if (!(await digests.keep(digest, now))) {
    return logger.info({ week }, 'the digest of the week was told already')
  }
  const named = config.digestEmails
  const readers = named.length > 0 ? named : await digests.listAdministrators()
  const mail = describeDigest(digest, config.baseUrl)
  for (const to of readers) {
    await addJob(transaction, { queue: 'mail', data: mailSeal.seal({ to, ...mail }) })
  }
  const findings = digest.findings.length
  logger.info({ week, findings, readers: readers.length }, 'the digest of the week was told')
}
