import { id, nameUpTo, outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { customRolePermission } from '../procedures/custom-role-permission.ts'
import { freshMemberProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const name = nameUpTo(50)
const permissions = z.array(customRolePermission).max(customRolePermission.options.length)

const role = z.object({
  id,
  name,
  permissions: z.array(outputText(100)).meta({ maxItems: 1000 }),
  createdAt: timestamp,
  updatedAt: timestamp,
})

export const roles = router({
  list: freshMemberProcedure('role:read')
    .meta(rest('GET /organizations/{organizationId}/roles', "List the organization's own roles"))
    .input(z.strictObject({ organizationId: id, ...pageInput }))
    .output(pageOf(role))
    .query(async ({ ctx, input: { organizationId, limit, cursor } }) => {
      await ctx.db.organization.findFirstOrThrow({ where: { id: organizationId } })
      const after = readCursor(cursor, id)
      const where = after ? { organizationId, id: { gt: after } } : { organizationId }
      const page = { orderBy: { id: 'asc' }, take: limit + 1 } as const
      return toPage(await ctx.db.customRole.findMany({ where, ...page }), limit)
    }),

  create: freshMemberProcedure('role:create')
    .meta(rest('POST /organizations/{organizationId}/roles', 'Make a role of permissions'))
    .input(z.strictObject({ organizationId: id, name, permissions }))
    .output(role)
    .mutation(({ ctx, input }) => ctx.db.customRole.create({ data: input })),

  update: freshMemberProcedure('role:update')
    .meta(
      rest(
        'PATCH /organizations/{organizationId}/roles/{roleId}',
        'Change a role, at once for all who have it',
      ),
    )
    .input(
      z.strictObject({
        organizationId: id,
        roleId: id,
        name: name.exactOptional(),
        permissions: permissions.exactOptional(),
      }),
    )
    .output(role)
    .mutation(({ ctx, input: { organizationId, roleId, ...data } }) =>
      ctx.db.customRole.update({ where: { id: roleId, organizationId }, data }),
    ),

  delete: freshMemberProcedure('role:delete')
    .meta(rest('DELETE /organizations/{organizationId}/roles/{roleId}', 'Delete a role nobody has'))
    .input(z.strictObject({ organizationId: id, roleId: id }))
    .output(nothing)
    .mutation(async ({ ctx, input: { organizationId, roleId } }) => {
      await ctx.db.customRole.delete({ where: { id: roleId, organizationId } })
    }),
})
