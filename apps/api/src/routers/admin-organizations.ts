import { id, outputText, pageInput, pageOf, text, timestamp } from '@repo/validation'
import { z } from 'zod'
import { planNames } from '../plans.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const organization = z.object({
  id,
  name: outputText(100),
  plan: outputText(30),
  requireSecondFactor: z.boolean(),
  members: z.int().min(0),
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: timestamp.nullable(),
})

export const organizations = router({
  list: adminProcedure('platformOrganization:read')
    .meta(rest('GET /admin/organizations', 'List every organization; search is a part of the name'))
    .input(z.strictObject({ search: text(100).exactOptional(), ...pageInput }))
    .output(pageOf(organization))
    .query(async ({ ctx, input: { search, limit, cursor } }) => {
      const page = { search, after: readCursor(cursor, id), limit: limit + 1 }
      return toPage(await ctx.platform.listOrganizations(page), limit)
    }),

  update: adminProcedure('platformOrganization:update')
    .meta(
      rest('PATCH /admin/organizations/{organizationId}', 'Set the plan, or undo a deletion', {
        status: 204,
      }),
    )
    .meta({ holdsSecret: false })
    .input(
      z.strictObject({
        organizationId: id,
        plan: z.enum(planNames).exactOptional(),
        restored: z.literal(true).exactOptional(),
      }),
    )
    .output(nothing)
    .mutation(({ ctx, input: { organizationId, ...change } }) =>
      ctx.platform.updateOrganization(organizationId, change),
    ),
})
