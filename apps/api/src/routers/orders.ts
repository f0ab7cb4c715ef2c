import {
  currency,
  id,
  outputText,
  pageInput,
  pageOf,
  serialId,
  text,
  timestamp,
  totalCents,
} from '@repo/validation'
import { z } from 'zod'
import { memberProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const status = z.enum(['draft', 'open', 'paid', 'cancelled'])
const note = text(500)

const order = z.object({
  id: serialId,
  userId: id,
  status,
  currency: outputText(3, '^[A-Z]{3}$'),
  totalCents,
  note: note.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
})

export const orders = router({
  list: memberProcedure('order:read')
    .meta(rest('GET /users/{userId}/orders', "List a user's orders, newest first"))
    .input(z.strictObject({ userId: id, status: status.exactOptional(), ...pageInput }))
    .output(pageOf(order))
    .query(async ({ ctx, input: { userId, status, limit, cursor } }) => {
      const before = readCursor(cursor, serialId)
      const where = { userId, ...(status && { status }), ...(before && { id: { lt: before } }) }
      const found = await ctx.db.order.findMany({ where, orderBy: { id: 'desc' }, take: limit + 1 })
      // No orders of nobody: a user who is not visible here does not exist.
      if (found.length === 0) await ctx.db.membership.findFirstOrThrow({ where: { userId } })
      return toPage(found, limit)
    }),

  get: memberProcedure('order:read')
    .meta(rest('GET /orders/{orderId}', 'Read an order'))
    .input(z.strictObject({ orderId: serialId }))
    .output(order)
    .query(({ ctx, input }) => ctx.db.order.findFirstOrThrow({ where: { id: input.orderId } })),

  create: memberProcedure('order:create')
    .meta(rest('POST /users/{userId}/orders', 'Create an order for a user'))
    .input(
      z.strictObject({
        userId: id,
        status: status.exactOptional(),
        currency,
        totalCents,
        note: note.exactOptional(),
      }),
    )
    .output(order)
    .mutation(({ ctx, input }) => ctx.db.order.create({ data: input })),

  update: memberProcedure('order:update')
    .meta(rest('PATCH /orders/{orderId}', 'Change an order'))
    .input(
      z.strictObject({
        orderId: serialId,
        status: status.exactOptional(),
        currency: currency.exactOptional(),
        totalCents: totalCents.exactOptional(),
        note: note.nullable().exactOptional(),
      }),
    )
    .output(order)
    .mutation(({ ctx, input: { orderId, ...data } }) =>
      ctx.db.order.update({ where: { id: orderId }, data }),
    ),

  delete: memberProcedure('order:delete')
    .meta(rest('DELETE /orders/{orderId}', 'Delete an order'))
    .input(z.strictObject({ orderId: serialId }))
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      await ctx.db.order.delete({ where: { id: input.orderId } })
    }),
})
