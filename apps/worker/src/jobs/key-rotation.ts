import type { DeliveryHandler } from '@repo/jobs'
import type { Services } from '../services.ts'

/** Publishes the next keys in time, and takes away those that have ended (G35). */
export const createKeyRotationJob = ({
  keyRotation,
  logger,
}: Pick<Services, 'keyRotation' | 'logger'>): DeliveryHandler => ({
  queue: 'key-rotation',
  async run() {
    const [rotated, deleted] = await Promise.all([
      keyRotation.rotateDue(),
      keyRotation.deleteEnded(),
    ])
    logger.info({ rotated, deleted }, 'the keys were looked after')
  },
})
