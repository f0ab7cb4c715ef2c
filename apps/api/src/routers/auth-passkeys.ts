import {
  authenticationResponse,
  creationOptions,
  id,
  name,
  pageInput,
  pageOf,
  registrationResponse,
  requestOptions,
  timestamp,
} from '@repo/validation'
import { z } from 'zod'
import { freshSessionProcedure, publicProcedure, sessionProcedure } from '../procedures/doors.ts'
import { noInput, nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { session, toSession } from './auth-session.ts'
import { pageThrough } from './paging.ts'

const passkey = z.object({
  id,
  name,
  backedUp: z.boolean(),
  createdAt: timestamp,
  lastUsedAt: timestamp.nullable(),
})

export const passkeys = router({
  list: sessionProcedure()
    .meta(rest('GET /auth/passkeys', 'List the own passkeys'))
    .input(z.strictObject(pageInput))
    .output(pageOf(passkey))
    .query(async ({ ctx, input }) => pageThrough(await ctx.credentials.passkeys(), input)),

  startRegistration: freshSessionProcedure()
    .meta(rest('POST /auth/passkeys/register/options', 'Begin to add a passkey', { status: 200 }))
    .meta({ holdsSecret: true })
    .input(noInput)
    .output(creationOptions)
    .mutation(({ ctx }) => ctx.credentials.startPasskey()),

  register: freshSessionProcedure()
    .meta(rest('POST /auth/passkeys/register', 'Add a passkey'))
    .meta({ holdsSecret: true })
    .input(z.strictObject({ name, response: registrationResponse }))
    .output(passkey)
    .mutation(({ ctx, input }) => ctx.credentials.addPasskey(input)),

  startLogin: publicProcedure('login')
    .meta(
      rest('POST /auth/passkeys/login/options', 'Begin to log in by a passkey', {
        status: 200,
        protect: false,
      }),
    )
    .meta({ holdsSecret: true })
    .input(noInput)
    .output(requestOptions)
    .mutation(({ ctx }) => ctx.browserSession.startPasskey()),

  login: publicProcedure('login')
    .meta(rest('POST /auth/passkeys/login', 'Log in by a passkey', { status: 200, protect: false }))
    .meta({ holdsSecret: true, beginsSession: true })
    .input(z.strictObject({ response: authenticationResponse }))
    .output(session)
    .mutation(async ({ ctx, input }) =>
      toSession(await ctx.browserSession.logInWithPasskey(input.response)),
    ),

  delete: freshSessionProcedure()
    .meta(rest('DELETE /auth/passkeys/{passkeyId}', 'Remove a passkey'))
    .meta({ holdsSecret: true })
    .input(z.strictObject({ passkeyId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.credentials.removePasskey(input.passkeyId)),
})
