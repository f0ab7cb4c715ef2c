import { id } from '@repo/validation'
import { z } from 'zod'
import { userProcedure } from '../procedures/doors.ts'
import { noInput } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

const organization = z.object({ id, name: z.string(), createdAt: z.date(), updatedAt: z.date() })

export const organizations = router({
  list: userProcedure('organization:read')
    .meta(rest('GET /organizations', 'List the organizations one is a member of'))
    .input(noInput)
    .output(z.object({ items: z.array(organization), nextCursor: z.null() }))
    .query(async ({ ctx }) => ({
      items: await ctx.db.organization.findMany({ orderBy: { createdAt: 'asc' }, take: 100 }),
      nextCursor: null,
    })),

  get: userProcedure('organization:read')
    .meta(rest('GET /organizations/{organizationId}', 'Read an organization one is a member of'))
    .input(z.strictObject({ organizationId: id }))
    .output(organization)
    .query(({ ctx, input }) =>
      ctx.db.organization.findFirstOrThrow({ where: { id: input.organizationId } }),
    ),
})
