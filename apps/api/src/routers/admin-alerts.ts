import { ruleNames } from '@repo/detection'
import { id, outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const status = z.enum(['open', 'acknowledged', 'resolved'])

const alert = z.object({
  id,
  rule: outputText(50),
  severity: z.enum(['info', 'warning', 'critical']),
  subject: outputText(200).nullable(),
  summary: outputText(500),
  count: z.int().min(1),
  firstAt: timestamp,
  lastAt: timestamp,
  status,
  acknowledgedBy: id.nullable(),
  acknowledgedAt: timestamp.nullable(),
  resolvedBy: id.nullable(),
  resolvedAt: timestamp.nullable(),
})

const alertId = z.strictObject({ alertId: id })

export const alerts = router({
  list: adminProcedure('alert:read')
    .meta(rest('GET /admin/alerts', 'List what the detection has found, newest first'))
    .input(
      z.strictObject({
        status: status.exactOptional(),
        rule: z.enum(ruleNames).exactOptional(),
        ...pageInput,
      }),
    )
    .output(pageOf(alert))
    .query(async ({ ctx, input: { limit, cursor, ...wanted } }) => {
      const page = { before: readCursor(cursor, id), limit: limit + 1 }
      return toPage(await ctx.platform.listAlerts({ ...wanted, ...page }), limit)
    }),

  acknowledge: adminProcedure('alert:update')
    .meta(
      rest('POST /admin/alerts/{alertId}/acknowledge', 'Say that an alert is looked into', {
        status: 200,
      }),
    )
    .input(alertId)
    .output(alert)
    .mutation(({ ctx, input }) => ctx.platform.settleAlert(input.alertId, 'acknowledged')),

  resolve: adminProcedure('alert:update')
    .meta(
      rest('POST /admin/alerts/{alertId}/resolve', 'Say that an alert is dealt with', {
        status: 200,
      }),
    )
    .input(alertId)
    .output(alert)
    .mutation(({ ctx, input }) => ctx.platform.settleAlert(input.alertId, 'resolved')),
})
