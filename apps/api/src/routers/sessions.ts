import { id, outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { freshSessionProcedure, sessionProcedure } from '../procedures/doors.ts'
import { noInput, nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { pageThrough } from './paging.ts'

const session = z.object({
  id,
  current: z.boolean(),
  /** An administrator of the platform acts as the user in it. */
  impersonated: z.boolean(),
  address: outputText(45).nullable(),
  userAgent: outputText(256).nullable(),
  createdAt: timestamp,
  lastSeenAt: timestamp,
  expiresAt: timestamp,
})

export const sessions = router({
  list: sessionProcedure('remedy')
    .meta(rest('GET /sessions', 'List the own sessions, last seen first'))
    .input(z.strictObject(pageInput))
    .output(pageOf(session))
    .query(async ({ ctx, input }) => pageThrough(await ctx.credentials.sessions(), input)),

  revoke: freshSessionProcedure('remedy')
    .meta(rest('DELETE /sessions/{sessionId}', 'End one of the own sessions'))
    .meta({ holdsSecret: true })
    .input(z.strictObject({ sessionId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.credentials.revokeSession(input.sessionId)),

  revokeOthers: freshSessionProcedure('remedy')
    .meta(rest('POST /sessions/revoke-others', 'End all own sessions but this', { status: 204 }))
    .meta({ holdsSecret: false })
    .input(noInput)
    .output(nothing)
    .mutation(({ ctx }) => ctx.credentials.revokeOtherSessions()),
})
