import type { DeliveryHandler } from '@repo/jobs'
import type { Services } from '../services.ts'

type Kept = Pick<Services, 'auditKeeper' | 'logger'>

/** Seals what has come into the audit log; `head` is for whoever wants to hold the database to it. */
export const createAuditSeal = ({ auditKeeper, logger }: Kept): DeliveryHandler => ({
  queue: 'audit-seal',
  async run() {
    const { events, head } = await auditKeeper.seal()
    if (events > 0) logger.info({ events, head }, 'the audit log was sealed')
  },
})

/** Makes room for the months to come, and ends what is past its time. */
export const createAuditUpkeep = ({ auditKeeper, logger }: Kept): DeliveryHandler => ({
  queue: 'audit-upkeep',
  async run() {
    const made = await auditKeeper.keepPartitions()
    const late = made.filter(({ moved }) => moved > 0)
    if (late.length > 0) logger.error({ late }, 'the audit log had no room for a month')
    const { months, forgotten } = await auditKeeper.dropExpired()
    logger.info({ made, dropped: months, forgotten }, 'the audit log was kept')
  },
})
