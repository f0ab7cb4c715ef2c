import { calendarDate, pageInput, pageOf } from '@repo/validation'
import { z } from 'zod'
import { digest, week } from '../digest-output.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

export const digests = router({
  list: adminProcedure('platformOverview:read')
    .meta(rest('GET /admin/digests', 'List the weekly digests, newest first'))
    .input(z.strictObject(pageInput))
    .output(pageOf(digest))
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const page = { before: readCursor(cursor, week), limit: limit + 1 }
      const found = await ctx.platform.listDigests(page)
      return toPage(
        found.map((one) => ({ ...one, id: one.week })),
        limit,
      )
    }),

  get: adminProcedure('platformOverview:read')
    .meta(rest('GET /admin/digests/{week}', 'The digest of a week that is over, by its Monday'))
    .input(z.strictObject({ week: calendarDate }))
    .output(digest)
    .query(({ ctx, input }) => ctx.platform.getDigest(input.week)),

  getRunning: adminProcedure('platformOverview:read')
    .meta(rest('GET /admin/digests/running', 'The digest of this week, as it would be told now'))
    .input(z.strictObject({}))
    .output(digest)
    .query(({ ctx }) => ctx.platform.composeDigest()),
})
