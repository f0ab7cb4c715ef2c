import { id, outputEmail, outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { freshMemberProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { roleChoice } from '../procedures/role-choice.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const member = z.object({
  userId: id,
  name: outputText(100),
  email: outputEmail,
  role: outputText(30),
  roleId: id.nullable(),
  createdAt: timestamp,
})

export const members = router({
  list: freshMemberProcedure('membership:read')
    .meta(rest('GET /organizations/{organizationId}/members', 'List the members that one may see'))
    .input(z.strictObject({ organizationId: id, ...pageInput }))
    .output(pageOf(member))
    .query(async ({ ctx, input: { organizationId, limit, cursor } }) => {
      const page = { after: readCursor(cursor, id), take: limit + 1 }
      return toPage(await ctx.members.list(organizationId, page), limit)
    }),

  update: freshMemberProcedure('membership:update')
    .meta(
      rest('PATCH /organizations/{organizationId}/members/{userId}', "Change a member's role", {
        needsBody: true,
      }),
    )
    .input(z.strictObject({ organizationId: id, userId: id, ...roleChoice }))
    .output(member)
    .mutation(({ ctx, input: { organizationId, ...change } }) =>
      ctx.members.changeRole(organizationId, change),
    ),

  remove: freshMemberProcedure('membership:delete')
    .meta(
      rest(
        'DELETE /organizations/{organizationId}/members/{userId}',
        'Remove a member, or oneself',
      ),
    )
    .input(z.strictObject({ organizationId: id, userId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.members.remove(input.organizationId, input)),
})
