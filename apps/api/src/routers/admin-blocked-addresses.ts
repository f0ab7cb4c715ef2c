import { outputText, pageInput, pageOf, timestamp } from '@repo/validation'
import { z } from 'zod'
import { adminProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

// IPv4, or the first half of an IPv6 address: `192.0.2.1`, `2001:db8:0:1::/64`.
const address = z
  .string()
  .regex(/^[0-9a-f.:]{2,41}(\/64)?$/)
  .meta({ minLength: 2, maxLength: 44 })

const blockedAddress = z.object({
  address,
  reason: outputText(50),
  count: z.int().min(1),
  blockedAt: timestamp,
  blockedUntil: timestamp,
})

export const blockedAddresses = router({
  list: adminProcedure('blockedAddress:read')
    .meta(rest('GET /admin/blocked-addresses', 'List the addresses that are closed now'))
    .input(z.strictObject(pageInput))
    .output(pageOf(blockedAddress))
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const page = { after: readCursor(cursor, address), limit: limit + 1 }
      const found = await ctx.platform.listBlockedAddresses(page)
      return toPage(
        found.map((block) => ({ ...block, id: block.address })),
        limit,
      )
    }),

  delete: adminProcedure('blockedAddress:delete')
    .meta(rest('DELETE /admin/blocked-addresses/{address}', 'Open an address again'))
    .meta({ holdsSecret: false })
    .input(z.strictObject({ address }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.platform.liftBlock(input.address)),
})
