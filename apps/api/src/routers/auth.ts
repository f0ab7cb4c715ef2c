import type { Identity } from '@repo/auth'
import { currentPassword, email, id } from '@repo/validation'
import { z } from 'zod'
import { publicProcedure, sessionProcedure } from '../procedures/doors.ts'
import { noInput, nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

const session = z.object({
  user: z.object({
    id,
    email: z.string(),
    name: z.string(),
    platformRole: z.enum(['admin', 'support']).nullable(),
  }),
  organizations: z.array(z.object({ id, role: z.string() })),
  authenticatedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
})

const toSession = (identity: Identity) => ({
  user: {
    ...identity,
    id: identity.userId,
    platformRole: platformRole.parse(identity.platformRole),
  },
  organizations: identity.memberships.map(({ organizationId, role }) => ({
    id: organizationId,
    role,
  })),
  authenticatedAt: identity.authenticatedAt.toISOString(),
  expiresAt: identity.expiresAt.toISOString(),
})

const platformRole = session.shape.user.shape.platformRole

export const auth = router({
  login: publicProcedure('login')
    .meta(rest('POST /auth/login', 'Log in', { status: 200, protect: false }))
    .input(z.strictObject({ email, password: currentPassword }))
    .output(session)
    .mutation(async ({ ctx, input }) => toSession(await ctx.browserSession.logIn(input))),

  logout: sessionProcedure()
    .meta(rest('POST /auth/logout', 'Log out', { status: 204 }))
    .input(noInput)
    .output(nothing)
    .mutation(({ ctx }) => ctx.browserSession.logOut()),

  session: sessionProcedure()
    .meta(rest('GET /auth/session', 'Who is logged in'))
    .input(noInput)
    .output(session)
    .query(({ ctx }) => toSession(ctx.caller)),
})
