import { id, name, outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { freshMemberProcedure, freshSessionProcedure, userProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { organizationAuditEvents } from './organization-audit-events.ts'
import { invitations } from './organization-invitations.ts'
import { members } from './organization-members.ts'
import { roles } from './organization-roles.ts'
import { readCursor, toPage } from './paging.ts'

const organization = z.object({
  id,
  name: outputText(100),
  plan: outputText(30),
  requireSecondFactor: z.boolean(),
  createdAt: timestamp,
  updatedAt: timestamp,
})

export const organizations = router({
  auditEvents: organizationAuditEvents,
  invitations,
  members,
  roles,

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

  create: freshSessionProcedure()
    .meta(rest('POST /organizations', 'Create an organization, and be its owner'))
    .meta({ holdsSecret: false })
    .input(z.strictObject({ name }))
    .output(organization)
    .mutation(({ ctx, input }) => ctx.memberships.createOrganization(input.name)),

  update: freshMemberProcedure('organization:update')
    .meta(rest('PATCH /organizations/{organizationId}', 'Change the organization one acts in'))
    .input(
      z.strictObject({
        organizationId: id,
        name: name.exactOptional(),
        requireSecondFactor: z.boolean().exactOptional(),
      }),
    )
    .output(organization)
    .mutation(({ ctx, input: { organizationId, ...data } }) =>
      ctx.db.organization.update({ where: { id: organizationId }, data }),
    ),

  delete: freshMemberProcedure('organization:delete')
    .meta(rest('DELETE /organizations/{organizationId}', 'Delete the organization one acts in'))
    .input(z.strictObject({ organizationId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.members.deleteOrganization(input.organizationId)),

  leave: freshMemberProcedure('membership:delete')
    .meta(
      rest('POST /organizations/{organizationId}/leave', 'Leave the organization one acts in', {
        status: 204,
      }),
    )
    .input(z.strictObject({ organizationId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.members.leave(input.organizationId)),
})
