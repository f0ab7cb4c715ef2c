import { id, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { freshMemberProcedure, userProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const organization = z.object({
  id,
  name: z.string(),
  requireSecondFactor: z.boolean(),
  createdAt: timestamp,
  updatedAt: timestamp,
})

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

  update: freshMemberProcedure('organization:update')
    .meta(rest('PATCH /organizations/{organizationId}', 'Change the organization one acts in'))
    .input(z.strictObject({ organizationId: id, requireSecondFactor: z.boolean().exactOptional() }))
    .output(organization)
    .mutation(({ ctx, input: { organizationId, ...data } }) =>
      ctx.db.organization.update({ where: { id: organizationId }, data }),
    ),
})
