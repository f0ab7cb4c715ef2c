import { id, outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { webhookProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const attempt = z.object({
  number: z.int().min(1),
  startedAt: timestamp,
  durationMs: z.int().min(0),
  responseStatus: z.int().min(100).max(999).nullable(),
  errorKind: outputText(20).nullable(),
})

export const delivery = z.object({
  id,
  eventId: id,
  type: outputText(50),
  status: z.enum(['pending', 'delivered', 'failed', 'cancelled']),
  attempts: z.array(attempt).meta({ maxItems: 16 }),
  nextAttemptAt: timestamp.nullable(),
  createdAt: timestamp,
})

const path = '/organizations/{organizationId}/webhooks/{webhookId}/deliveries'
const endpoint = { organizationId: id, webhookId: id }
const named = { ...endpoint, deliveryId: id }

export const deliveries = router({
  list: webhookProcedure('webhookDelivery:read')
    .meta(rest(`GET ${path}`, 'List what was sent to an endpoint in 30 days, newest first'))
    .input(z.strictObject({ ...endpoint, ...pageInput }))
    .output(pageOf(delivery))
    .query(async ({ ctx, input: { limit, cursor, ...endpoint } }) => {
      const page = { after: readCursor(cursor, id), take: limit + 1 }
      return toPage(await ctx.webhooks.listDeliveries(endpoint, page), limit)
    }),

  get: webhookProcedure('webhookDelivery:read')
    .meta(rest(`GET ${path}/{deliveryId}`, 'Read how a delivery went'))
    .input(z.strictObject(named))
    .output(delivery)
    .query(({ ctx, input: { deliveryId, ...endpoint } }) =>
      ctx.webhooks.findDelivery(endpoint, deliveryId),
    ),

  replay: webhookProcedure('webhookDelivery:create')
    .meta(rest(`POST ${path}/{deliveryId}/replay`, 'Send an event again, under the id it has'))
    .input(z.strictObject(named))
    .output(delivery)
    .mutation(({ ctx, input: { deliveryId, ...endpoint } }) =>
      ctx.webhooks.replay(endpoint, deliveryId),
    ),
})
