import { pageInput, pageOf } from '@repo/validation'
import { z } from 'zod'
import { dueKey } from '../platform-outputs.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { placeInTime, readCursor, toPage } from './paging.ts'

export const apiKeys = router({
  listDue: adminProcedure('platformApiKey:read')
    .meta(
      rest('GET /admin/api-keys/due', 'List the API keys that end within 14 days or are too old'),
    )
    .input(z.strictObject(pageInput))
    .output(pageOf(dueKey))
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const page = { after: readCursor(cursor, placeInTime), limit: limit + 1 }
      const found = await ctx.platform.listDueKeys(page)
      return toPage(found, limit, (last) => [last.endsAt, last.id])
    }),
})
