import { id, inOrder, moment, pageInput, pageOf, text } from '@repo/validation'
import { z } from 'zod'
import { auditEvent, auditOutcome, eventId } from '../audit-event-output.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

export const auditEvents = router({
  list: adminProcedure('platformAuditEvent:read')
    .meta(rest('GET /admin/audit-events', 'Search the audit log, newest first'))
    .input(
      z
        .strictObject({
          person: id.exactOptional(),
          organization: id.exactOptional(),
          action: text(100).exactOptional(),
          target: text(200).exactOptional(),
          outcome: auditOutcome.exactOptional(),
          since: moment.exactOptional(),
          until: moment.exactOptional(),
          ...pageInput,
        })
        .check(...inOrder('since', 'until')),
    )
    .output(pageOf(auditEvent))
    .query(async ({ ctx, input: { limit, cursor, organization, ...wanted } }) => {
      const page = { before: readCursor(cursor, eventId), limit: limit + 1 }
      const search = { ...wanted, organizationId: organization, ...page }
      return toPage(await ctx.platform.listAuditEvents(search), limit)
    }),
})
