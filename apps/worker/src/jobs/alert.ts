import { addJob, type DatabaseHandler } from '@repo/jobs'
import { z } from 'zod'
import type { Services } from '../services.ts'

const raised = z.object({ alertId: z.uuid() })

/** An alert that was raised is one delivery by each channel, exactly once, so that none waits for another. */
export const createAlert = ({ alerts }: Pick<Services, 'alerts'>): DatabaseHandler => ({
  queue: 'alert',
  async runInTransaction({ data }, transaction) {
    const { alertId } = raised.parse(data)
    for (const { key: channel, name } of alerts.channels) {
      await addJob(transaction, { queue: `alert-${name}`, data: { alertId, channel } })
    }
  },
})
