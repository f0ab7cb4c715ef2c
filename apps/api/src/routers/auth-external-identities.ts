import { id, outputEmail, outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { freshSessionProcedure, sessionProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { pageThrough } from './paging.ts'

const externalIdentity = z.object({
  id,
  provider: outputText(40),
  email: outputEmail.nullable(),
  createdAt: timestamp,
  lastUsedAt: timestamp.nullable(),
})

export const externalIdentities = router({
  list: sessionProcedure()
    .meta(rest('GET /auth/external-identities', 'List the own log-ins with other providers'))
    .input(z.strictObject(pageInput))
    .output(pageOf(externalIdentity))
    .query(async ({ ctx, input }) =>
      pageThrough(await ctx.credentials.externalIdentities(), input),
    ),

  delete: freshSessionProcedure()
    .meta(
      rest('DELETE /auth/external-identities/{identityId}', 'End a log-in with another provider'),
    )
    .meta({ holdsSecret: true })
    .input(z.strictObject({ identityId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.credentials.removeExternalIdentity(input.identityId)),
})
