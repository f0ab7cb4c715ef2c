import { id, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { userProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const organization = z.object({ id, name: z.string(), createdAt: timestamp, updatedAt: timestamp })

export const organizations = router({
  list: userProcedure('organization:read')
    .meta(rest('GET /organizations', 'List the organizations one is a member of'))
    .input(z.strictObject(pageInput))
    .output(pageOf(organization))
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const after = readCursor(cursor, id)
      const where = after ? { id: { gt: after } } : {}
      const page = { orderBy: { id: 'asc' }, take: limit + 1 } as const
      return toPage(await ctx.db.organization.findMany({ where, ...page }), limit)
    }),

  get: userProcedure('organization:read')
    .meta(rest('GET /organizations/{organizationId}', 'Read an organization one is a member of'))
    .input(z.strictObject({ organizationId: id }))
    .output(organization)
    .query(({ ctx, input }) =>
      ctx.db.organization.findFirstOrThrow({ where: { id: input.organizationId } }),
    ),
})
