import { addJob, type DatabaseHandler } from '@repo/jobs'
import { webhookDisabledMail } from '@repo/webhooks'
import { z } from 'zod'
import type { Services } from '../services.ts'

const disabled = z.object({ endpointId: z.uuid() })

interface Owner {
  readonly email: string
  readonly url: string
  readonly disabled_reason: string
}

/** Tells the owners of an organization that an endpoint of theirs was disabled, each exactly once. */
export const createWebhookDisabled = ({
  config: { baseUrl },
  mailSeal,
}: Pick<Services, 'config' | 'mailSeal'>): DatabaseHandler => ({
  queue: 'webhook-disabled',
  async runInTransaction({ data }, transaction) {
    const { endpointId } = disabled.parse(data)
    const ask = 'SELECT * FROM webhooks.owners_of($1)'
    for (const { email, url, disabled_reason } of await transaction.query<Owner>(ask, [
      endpointId,
    ])) {
      const mail = webhookDisabledMail({ url, reason: disabled_reason, baseUrl })
      await addJob(transaction, { queue: 'mail', data: mailSeal.seal({ to: email, ...mail }) })
    }
  },
})
