import { id, name, outputText, pageInput, pageOf, sensitive, timestamp } from '@repo/validation'
import { z } from 'zod'
import { freshMemberProcedure } from '../procedures/doors.ts'
import { keyPermission } from '../procedures/key-permission.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const permissions = z.array(keyPermission).min(1).max(keyPermission.options.length)

const apiKey = z.object({
  id,
  userId: id,
  name,
  prefix: outputText(20),
  permissions: z.array(outputText(100)).meta({ maxItems: 100 }),
  createdAt: timestamp,
  expiresAt: timestamp,
  lastUsedAt: timestamp.nullable(),
})

const newApiKey = apiKey.extend({ key: sensitive(outputText(200)) })

export const apiKeys = router({
  list: freshMemberProcedure('apiKey:read', 'remedy')
    .meta(rest('GET /api-keys', "List the organization's keys that one may see"))
    .input(z.strictObject(pageInput))
    .output(pageOf(apiKey))
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const after = readCursor(cursor, id)
      const where = after ? { id: { gt: after } } : {}
      const page = { orderBy: { id: 'asc' }, take: limit + 1 } as const
      return toPage(await ctx.db.apiKey.findMany({ where, ...page }), limit)
    }),

  create: freshMemberProcedure('apiKey:create')
    .meta(rest('POST /api-keys', 'Make a key; it is shown this once'))
    .meta({ holdsSecret: true })
    .input(
      z.strictObject({
        name,
        permissions,
        expiresInDays: z.int().min(1).max(90).exactOptional(),
      }),
    )
    .output(newApiKey)
    .mutation(async ({ ctx, input }) => {
      const made = await ctx.keys.create(input)
      return { ...input, ...made, userId: ctx.caller.userId, lastUsedAt: null }
    }),

  rotate: freshMemberProcedure('apiKey:update')
    .meta(rest('POST /api-keys/{keyId}/rotate', 'Make the successor of a key; both work for a day'))
    .meta({ holdsSecret: true })
    .input(z.strictObject({ keyId: id }))
    .output(newApiKey)
    .mutation(async ({ ctx, input }) => {
      // A change, so that only who may change the key reaches it.
      const data = { updatedAt: new Date() }
      const old = await ctx.db.apiKey.update({ where: { id: input.keyId }, data })
      return { ...old, ...(await ctx.keys.rotate(old)), lastUsedAt: null }
    }),

  revoke: freshMemberProcedure('apiKey:delete', 'remedy')
    .meta(rest('DELETE /api-keys/{keyId}', 'Revoke a key'))
    .input(z.strictObject({ keyId: id }))
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      await ctx.db.apiKey.delete({ where: { id: input.keyId } })
    }),
})
