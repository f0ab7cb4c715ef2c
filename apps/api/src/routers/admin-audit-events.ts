import {
  id,
  inOrder,
  moment,
  outputText,
  pageInput,
  pageOf,
  text,
  timestamp,
} from '@repo/validation'
import { z } from 'zod'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

// A number of 64 bits, which JSON has no number for.
const eventId = z
  .string()
  .regex(/^[1-9]\d{0,18}$/)
  .meta({ minLength: 1, maxLength: 19 })
const outcome = z.enum(['success', 'denied', 'failed'])

const words = outputText(10_000)
const state = z
  .record(
    outputText(100),
    z.union([
      words,
      z.number(),
      z.boolean(),
      z.null(),
      z.array(words).meta({ maxItems: 100 }).readonly(),
    ]),
  )
  .nullable()

const auditEvent = z.object({
  id: eventId,
  time: timestamp,
  organizationId: id.nullable(),
  actor: id.nullable(),
  onBehalfOf: id.nullable(),
  action: outputText(100),
  target: outputText(200).nullable(),
  outcome,
  code: outputText(100).nullable(),
  address: outputText(45).nullable(),
  before: state,
  after: state,
})

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
          outcome: outcome.exactOptional(),
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
