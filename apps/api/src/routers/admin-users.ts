import {
  email,
  id,
  name,
  outputEmail,
  outputText,
  pageInput,
  pageOf,
  text,
  timestamp,
} from '@repo/validation'
import { z } from 'zod'
import { adminProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { platformRole, session, toSession } from './auth-session.ts'
import { readCursor, toPage } from './paging.ts'

const user = z.object({
  id,
  email: outputEmail,
  name: outputText(100),
  platformRole,
  emailVerified: z.boolean(),
  secondFactor: z.boolean(),
  suspendedAt: timestamp.nullable(),
  lastSeenAt: timestamp.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
})

/** As the database has it; one of another kind is a fault of ours, and leaves nothing. */
const toUser = <User extends { readonly platformRole: string | null }>(found: User) => ({
  ...found,
  platformRole: platformRole.parse(found.platformRole),
})

export const users = router({
  list: adminProcedure('platformUser:read')
    .meta(rest('GET /admin/users', 'List everybody; search is a part of the address or the name'))
    .input(z.strictObject({ search: text(100).exactOptional(), ...pageInput }))
    .output(pageOf(user))
    .query(async ({ ctx, input: { search, limit, cursor } }) => {
      const page = { search, after: readCursor(cursor, id), limit: limit + 1 }
      return toPage((await ctx.platform.listUsers(page)).map(toUser), limit)
    }),

  create: adminProcedure('platformUser:create')
    .meta(rest('POST /admin/users', 'Make an account; its link to set a password goes by mail'))
    .meta({ holdsSecret: false })
    .input(z.strictObject({ email, name, platformRole: platformRole.exactOptional() }))
    .output(user)
    .mutation(async ({ ctx, input }) =>
      toUser(await ctx.platform.createUser({ platformRole: null, ...input })),
    ),

  update: adminProcedure('platformUser:update')
    .meta(rest('PATCH /admin/users/{userId}', 'Rename, suspend, or give a role on the platform'))
    .meta({ holdsSecret: false })
    .input(
      z.strictObject({
        userId: id,
        name: name.exactOptional(),
        platformRole: platformRole.exactOptional(),
        suspended: z.boolean().exactOptional(),
      }),
    )
    .output(user)
    .mutation(async ({ ctx, input: { userId, ...change } }) =>
      toUser(await ctx.platform.updateUser(userId, change)),
    ),

  logOut: adminProcedure('platformUser:update')
    .meta(
      rest('POST /admin/users/{userId}/log-out', 'End every session and grant', { status: 204 }),
    )
    .meta({ holdsSecret: false })
    .input(z.strictObject({ userId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.platform.logUserOut(input.userId)),

  resetSecondFactor: adminProcedure('platformUser:update')
    .meta(
      rest('POST /admin/users/{userId}/reset-second-factor', 'Take lost second factors away', {
        status: 204,
      }),
    )
    .meta({ holdsSecret: false })
    .input(z.strictObject({ userId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.platform.resetSecondFactor(input.userId)),

  impersonate: adminProcedure('platformUser:impersonate')
    .meta(rest('POST /admin/users/{userId}/impersonate', 'Act as a user for half an hour'))
    .meta({ holdsSecret: true })
    .input(z.strictObject({ userId: id, reason: text(200) }))
    .output(session)
    .mutation(async ({ ctx, input: { userId, reason } }) =>
      toSession(await ctx.platform.impersonate(userId, reason)),
    ),
})
