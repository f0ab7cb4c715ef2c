import { id, inOrder, moment, pageInput, pageOf } from '@repo/validation'
import { z } from 'zod'
import { auditEvent, eventId } from '../audit-event-output.ts'
import { auditProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const span = { since: moment.exactOptional(), until: moment.exactOptional() }

export const organizationAuditEvents = router({
  list: auditProcedure()
    .meta(
      rest(
        'GET /organizations/{organizationId}/audit-events',
        'List what happened in the organization one acts in, newest first',
      ),
    )
    .input(
      z
        .strictObject({ organizationId: id, ...span, ...pageInput })
        .check(...inOrder('since', 'until')),
    )
    .output(pageOf(auditEvent))
    .query(async ({ ctx, input: { organizationId, limit, cursor, ...wanted } }) => {
      const page = { ...wanted, before: readCursor(cursor, eventId), limit: limit + 1 }
      return toPage(await ctx.trail.list(organizationId, page), limit)
    }),

  // What is let through here is streamed by the edge (edge/audit-export.ts).
  export: auditProcedure('export')
    .meta(
      rest(
        'GET /organizations/{organizationId}/audit-events/export',
        'Export what happened in the organization one acts in, newest first: one event a line',
      ),
    )
    .meta({ transfer: 'lines' })
    .input(
      z
        .strictObject({ organizationId: id, ...span, before: eventId.exactOptional() })
        .check(...inOrder('since', 'until')),
    )
    .output(
      z.object({
        organizationId: id,
        since: moment.exactOptional(),
        until: moment.exactOptional(),
        before: eventId.exactOptional(),
      }),
    )
    .query(({ ctx, input }) => {
      ctx.trail.requireOwn(input.organizationId)
      return input
    }),
})
