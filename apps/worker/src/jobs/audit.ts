import type { DeliveryHandler } from '@repo/jobs'
import type { Services } from '../services.ts'

type Kept = Pick<Services, 'auditKeeper' | 'logger'>

/** Seals what has come into the audit log, and counts it; `head` is for whoever wants to hold the database to it. */
export const createAuditSeal = ({ auditKeeper, logger }: Kept): DeliveryHandler => ({
  queue: 'audit-seal',
  async run() {
    const { events, head } = await auditKeeper.seal()
    if (events > 0) logger.info({ events, head }, 'the audit log was sealed')
    await auditKeeper.count()
  },
})

/** Makes room for the months to come, and ends what is past its time; what fails keeps nothing else back. */
export const createAuditUpkeep = ({ auditKeeper, logger }: Kept): DeliveryHandler => ({
  queue: 'audit-upkeep',
  async run() {
    const [room, people, old] = await Promise.allSettled([
      auditKeeper.keepPartitions(),
      auditKeeper.forgetErased(),
      auditKeeper.dropExpired(),
    ])
    if (room.status === 'fulfilled') {
      const late = room.value.filter(({ moved }) => moved > 0)
      if (late.length > 0) logger.error({ late }, 'the audit log had no room for a month')
    }
    if (old.status === 'fulfilled' && old.value.kept.length > 0) {
      logger.error(
        { months: old.value.kept },
        'the audit log keeps months that are not as they were sealed',
      )
    }
    const { dropped } = orThrow(old)
    logger.info(
      { made: orThrow(room), dropped, forgotten: orThrow(people) },
      'the audit log was kept',
    )
  },
})

function orThrow<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}
