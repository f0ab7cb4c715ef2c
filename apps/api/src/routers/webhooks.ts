import {
  id,
  outputText,
  pageInput,
  pageOf,
  sensitive,
  text,
  timestamp,
  webUrlOf,
} from '@repo/validation'
import { eventTypes, everyEvent } from '@repo/webhooks'
import { z } from 'zod'
import { webhookProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'
import { deliveries, delivery } from './webhook-deliveries.ts'

// Plain HTTP is for development: where it may go is the keeper's to say.
const url = webUrlOf({ plainHttp: true })
const events = z
  .array(z.enum([...eventTypes, everyEvent]))
  .min(1)
  .max(eventTypes.length + 1)

const description = text(200)

const webhook = z.object({
  id,
  url: outputText(2_048),
  description: outputText(200),
  events: z.array(outputText(50)).meta({ maxItems: 100 }),
  enabled: z.boolean(),
  disabledReason: z.enum(['gone', 'failing']).nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
})

const secret = sensitive(outputText(100))
const named = { organizationId: id, webhookId: id }

export const webhooks = router({
  deliveries,

  list: webhookProcedure('webhook:read')
    .meta(rest('GET /organizations/{organizationId}/webhooks', 'List the webhook endpoints'))
    .input(z.strictObject({ organizationId: id, ...pageInput }))
    .output(pageOf(webhook))
    .query(async ({ ctx, input: { organizationId, limit, cursor } }) => {
      const page = { after: readCursor(cursor, id), take: limit + 1 }
      return toPage(await ctx.webhooks.list(organizationId, page), limit)
    }),

  get: webhookProcedure('webhook:read')
    .meta(rest('GET /organizations/{organizationId}/webhooks/{webhookId}', 'Read an endpoint'))
    .input(z.strictObject(named))
    .output(webhook)
    .query(({ ctx, input }) => ctx.webhooks.find(input)),

  create: webhookProcedure('webhook:create')
    .meta(
      rest(
        'POST /organizations/{organizationId}/webhooks',
        'Name an endpoint for events; its secret is shown this once',
      ),
    )
    .meta({ holdsSecret: true })
    .input(
      z.strictObject({
        organizationId: id,
        url,
        events,
        description: description.default(''),
        enabled: z.boolean().default(true),
      }),
    )
    .output(webhook.extend({ secret }))
    .mutation(({ ctx, input: { organizationId, ...endpoint } }) =>
      ctx.webhooks.create(organizationId, endpoint),
    ),

  update: webhookProcedure('webhook:update')
    .meta(
      rest(
        'PATCH /organizations/{organizationId}/webhooks/{webhookId}',
        'Change, disable or enable an endpoint',
      ),
    )
    .input(
      z.strictObject({
        ...named,
        url: url.exactOptional(),
        events: events.exactOptional(),
        description: description.exactOptional(),
        enabled: z.boolean().exactOptional(),
      }),
    )
    .output(webhook)
    .mutation(({ ctx, input: { organizationId, webhookId, ...change } }) =>
      ctx.webhooks.update({ organizationId, webhookId }, change),
    ),

  rotateSecret: webhookProcedure('webhook:update')
    .meta(
      rest(
        'POST /organizations/{organizationId}/webhooks/{webhookId}/rotate-secret',
        'Get a new secret, shown this once; the old one signs too for a while',
      ),
    )
    .meta({ holdsSecret: true })
    .input(z.strictObject({ ...named, overlapHours: z.int().min(0).max(168).default(24) }))
    .output(webhook.extend({ secret, previousSecretUntil: timestamp }))
    .mutation(({ ctx, input: { overlapHours, ...endpoint } }) =>
      ctx.webhooks.rotateSecret(endpoint, overlapHours),
    ),

  test: webhookProcedure('webhookDelivery:create')
    .meta(
      rest(
        'POST /organizations/{organizationId}/webhooks/{webhookId}/test',
        'Send the event webhook.test to an endpoint',
      ),
    )
    .input(z.strictObject(named))
    .output(delivery)
    .mutation(({ ctx, input }) => ctx.webhooks.test(input)),

  delete: webhookProcedure('webhook:delete')
    .meta(
      rest(
        'DELETE /organizations/{organizationId}/webhooks/{webhookId}',
        'Delete an endpoint, and its deliveries',
      ),
    )
    .input(z.strictObject(named))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.webhooks.delete(input)),
})
