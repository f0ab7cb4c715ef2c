import { pageInput, pageOf } from '@repo/validation'
import { z } from 'zod'
import { blockableAddress, blockedAddress } from '../platform-outputs.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

export const blockedAddresses = router({
  list: adminProcedure('blockedAddress:read')
    .meta(rest('GET /admin/blocked-addresses', 'List the addresses that are closed now'))
    .input(z.strictObject({ address: blockableAddress.exactOptional(), ...pageInput }))
    .output(pageOf(blockedAddress))
    .query(async ({ ctx, input: { limit, cursor, ...wanted } }) => {
      const page = { ...wanted, after: readCursor(cursor, blockableAddress), limit: limit + 1 }
      const found = await ctx.platform.listBlockedAddresses(page)
      return toPage(
        found.map((block) => ({ ...block, id: block.address })),
        limit,
      )
    }),

  delete: adminProcedure('blockedAddress:delete')
    .meta(rest('DELETE /admin/blocked-addresses/{address}', 'Open an address again'))
    .meta({ holdsSecret: false })
    .input(z.strictObject({ address: blockableAddress }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.platform.liftBlock(input.address)),
})
