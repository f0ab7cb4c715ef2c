import { email, id, outputEmail, outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { freshMemberProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { roleChoice } from '../procedures/role-choice.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

// Without `updatedAt`, and so without a tag: an invitation is replaced, never changed.
const invitation = z.object({
  id,
  userId: id,
  email: outputEmail,
  role: outputText(30),
  roleId: id.nullable(),
  createdAt: timestamp,
  expiresAt: timestamp,
})

const withRoleId = <Row extends { readonly customRoleId: string | null }>(row: Row) => ({
  ...row,
  roleId: row.customRoleId,
})

export const invitations = router({
  list: freshMemberProcedure('invitation:read')
    .meta(rest('GET /organizations/{organizationId}/invitations', 'List the open invitations'))
    .input(z.strictObject({ organizationId: id, ...pageInput }))
    .output(pageOf(invitation))
    .query(async ({ ctx, input: { organizationId, limit, cursor } }) => {
      await ctx.db.organization.findFirstOrThrow({ where: { id: organizationId } })
      const after = readCursor(cursor, id)
      const where = after ? { organizationId, id: { gt: after } } : { organizationId }
      const page = { orderBy: { id: 'asc' }, take: limit + 1 } as const
      const found = await ctx.db.invitation.findMany({ where, ...page })
      return toPage(found.map(withRoleId), limit)
    }),

  create: freshMemberProcedure('invitation:create', 'invitation')
    .meta(rest('POST /organizations/{organizationId}/invitations', 'Invite an address by mail'))
    .input(z.strictObject({ organizationId: id, email, ...roleChoice }))
    .output(invitation)
    .mutation(({ ctx, input: { organizationId, ...offer } }) =>
      ctx.members.invite(organizationId, offer),
    ),

  revoke: freshMemberProcedure('invitation:delete')
    .meta(
      rest(
        'DELETE /organizations/{organizationId}/invitations/{invitationId}',
        'Revoke an invitation',
      ),
    )
    .input(z.strictObject({ organizationId: id, invitationId: id }))
    .output(nothing)
    .mutation(async ({ ctx, input: { organizationId, invitationId } }) => {
      await ctx.db.invitation.delete({ where: { id: invitationId, organizationId } })
    }),
})
