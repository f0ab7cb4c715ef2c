import { keyExpiryMail } from '@repo/auth'
import { addJob, type DatabaseHandler, type JobTransaction } from '@repo/jobs'
import type { Services } from '../services.ts'

interface ExpiringKey {
  readonly email: string
  readonly prefix: string
  readonly expires_at: Date
}

const batch = 500
const claim = 'SELECT * FROM jobs.claim_key_reminders($1, $2)'

/**
 * Tells owners of API keys 14, 7 and 1 days before, each exactly once: what remembers it and the mail are one
 * transaction.
 */
export function createKeyExpiry({
  config,
  mailSeal,
  logger,
}: Pick<Services, 'config' | 'mailSeal' | 'logger'>): DatabaseHandler {
  async function remind(transaction: JobTransaction, key: ExpiringKey): Promise<void> {
    const text = keyExpiryMail({ prefix: key.prefix, expiresAt: key.expires_at })
    const data = mailSeal.seal({ to: key.email, ...text })
    await addJob(transaction, { queue: 'mail', data })
  }
  return {
    queue: 'key-expiry',
    async runInTransaction(_job, transaction, signal) {
      let reminders = 0
      for (;;) {
        signal.throwIfAborted()
        const keys = await transaction.query<ExpiringKey>(claim, [config.apiKeyMaxAgeDays, batch])
        for (const key of keys) await remind(transaction, key)
        reminders += keys.length
        if (keys.length < batch) break
      }
      logger.info({ reminders }, 'owners of keys that expire were told')
    },
  }
}
