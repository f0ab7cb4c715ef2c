import { id, pageInput, pageOf } from '@repo/validation'
import { z } from 'zod'
import { platformSession, sessionCounts } from '../platform-outputs.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { placeInTime, readCursor, toPage } from './paging.ts'

export const sessions = router({
  list: adminProcedure('platformSession:read')
    .meta(rest('GET /admin/sessions', 'List the sessions that live, newest first'))
    .input(z.strictObject({ userId: id.exactOptional(), ...pageInput }))
    .output(pageOf(platformSession))
    .query(async ({ ctx, input: { userId, limit, cursor } }) => {
      const page = { userId, before: readCursor(cursor, placeInTime), limit: limit + 1 }
      const found = await ctx.platform.listSessions(page)
      return toPage(found, limit, (last) => [last.createdAt, last.id])
    }),

  count: adminProcedure('platformSession:read')
    .meta(rest('GET /admin/sessions/count', 'How many sessions live, by their state'))
    .input(z.strictObject({}))
    .output(sessionCounts)
    .query(({ ctx }) => ctx.platform.countSessions()),
})
