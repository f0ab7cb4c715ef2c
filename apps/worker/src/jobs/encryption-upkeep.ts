import type { DeliveryHandler } from '@repo/jobs'
import { renewEncryption } from '../renew-encryption.ts'
import type { Services } from '../services.ts'

/** Puts what stands encrypted under the newest key, so that those before it can be taken away (G35). */
export const createEncryptionUpkeep = (
  services: Pick<Services, 'database' | 'encryption' | 'logger'>,
): DeliveryHandler => ({
  queue: 'encryption-upkeep',
  async run(_job, signal) {
    const { renewed, lost } = await renewEncryption(services, signal)
    const { logger } = services
    logger.info({ renewed }, 'what is encrypted is under the newest key')
    if (Object.keys(lost).length > 0) {
      logger.error({ lost }, 'some of it is under a key that ENCRYPTION_KEYS does not have')
    }
  },
})
