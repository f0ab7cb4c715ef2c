import type { SignedIn } from '@repo/auth'
import { currentPassword, email, name, newPassword } from '@repo/validation'
import { z } from 'zod'
import {
  anySessionProcedure,
  impersonationProcedure,
  publicProcedure,
  sessionProcedure,
} from '../procedures/doors.ts'
import { noInput, nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { emailAddress } from './auth-email.ts'
import { externalIdentities } from './auth-external-identities.ts'
import { mfa, totpCode } from './auth-mfa.ts'
import { passkeys } from './auth-passkeys.ts'
import { password } from './auth-password.ts'
import { session, toSession } from './auth-session.ts'

/** A log-in is whole, or a code is owed: then the cookie opens /auth/mfa alone, for five minutes. */
const loggedIn = z.discriminatedUnion('mfaRequired', [
  session.extend({ mfaRequired: z.literal(false) }),
  z.object({ mfaRequired: z.literal(true) }),
])

const toLoggedIn = (caller: SignedIn | null) =>
  caller ? { mfaRequired: false as const, ...toSession(caller) } : { mfaRequired: true as const }

export const auth = router({
  register: publicProcedure('registration')
    .meta(rest('POST /auth/register', 'Ask for an account', { status: 202, protect: false }))
    .meta({ holdsSecret: true })
    .input(z.strictObject({ email, password: newPassword, name }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.accounts.register(input)),

  login: publicProcedure('login')
    .meta(rest('POST /auth/login', 'Log in', { status: 200, protect: false }))
    .meta({ holdsSecret: true, beginsSession: true })
    .input(z.strictObject({ email, password: currentPassword }))
    .output(loggedIn)
    .mutation(async ({ ctx, input }) => toLoggedIn(await ctx.browserSession.logIn(input))),

  stepUp: sessionProcedure('proof')
    .meta(rest('POST /auth/step-up', 'Confirm who one is', { status: 200 }))
    .meta({ holdsSecret: true })
    .input(z.strictObject({ password: currentPassword, code: totpCode.exactOptional() }))
    .output(session)
    .mutation(async ({ ctx, input }) =>
      toSession(await ctx.browserSession.stepUp(ctx.caller, input)),
    ),

  logout: anySessionProcedure()
    .meta(rest('POST /auth/logout', 'Log out', { status: 204 }))
    .input(noInput)
    .output(nothing)
    .mutation(({ ctx }) => ctx.browserSession.logOut()),

  endImpersonation: impersonationProcedure()
    .meta(rest('POST /auth/impersonation/end', 'Be oneself again', { status: 200 }))
    .input(noInput)
    .output(session)
    .mutation(async ({ ctx }) => toSession(await ctx.browserSession.endImpersonation())),

  session: sessionProcedure()
    .meta(rest('GET /auth/session', 'Who is logged in'))
    .input(noInput)
    .output(session)
    .query(({ ctx }) => toSession(ctx.caller)),

  email: emailAddress,
  password,
  mfa,
  passkeys,
  externalIdentities,
})
