import { id, outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { freshSessionProcedure, sessionProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { pageThrough } from './paging.ts'

const grant = z.object({
  id,
  clientId: id,
  clientName: outputText(100),
  organizationId: id.nullable(),
  scopes: z.array(outputText(100)).meta({ maxItems: 100 }).readonly(),
  createdAt: timestamp,
  lastUsedAt: timestamp.nullable(),
  expiresAt: timestamp,
})

export const grants = router({
  list: sessionProcedure('remedy')
    .meta(rest('GET /grants', 'List what one lets programs do, newest first'))
    .input(z.strictObject(pageInput))
    .output(pageOf(grant))
    .query(async ({ ctx, input }) => pageThrough(await ctx.credentials.grants(), input)),

  revoke: freshSessionProcedure('remedy')
    .meta(rest('DELETE /grants/{grantId}', 'End what a program may do, and all its tokens'))
    .meta({ holdsSecret: false })
    .input(z.strictObject({ grantId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.credentials.revokeGrant(input.grantId)),
})
