import { ruleNames } from '@repo/detection'
import { id, pageInput, pageOf } from '@repo/validation'
import { z } from 'zod'
import { alert, alertSeverity, alertStatus } from '../platform-outputs.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const alertId = z.strictObject({ alertId: id })

export const alerts = router({
  list: adminProcedure('alert:read')
    .meta(rest('GET /admin/alerts', 'List what the detection has found, newest first'))
    .input(
      z.strictObject({
        status: alertStatus.exactOptional(),
        severity: alertSeverity.exactOptional(),
        rule: z.enum(ruleNames).exactOptional(),
        ...pageInput,
      }),
    )
    .output(pageOf(alert))
    .query(async ({ ctx, input: { limit, cursor, ...wanted } }) => {
      const page = { before: readCursor(cursor, id), limit: limit + 1 }
      return toPage(await ctx.platform.listAlerts({ ...wanted, ...page }), limit)
    }),

  get: adminProcedure('alert:read')
    .meta(rest('GET /admin/alerts/{alertId}', 'Read an alert'))
    .input(alertId)
    .output(alert)
    .query(({ ctx, input }) => ctx.platform.getAlert(input.alertId)),

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
