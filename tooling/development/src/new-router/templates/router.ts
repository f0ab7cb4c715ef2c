import type { Names } from '../names.ts'

/** The router's file. */
export const printRouter = ({ path, plural, singular, id, words }: Names): string =>
  `import { id, name, pageInput, pageOf, serialId, timestamp } from '@repo/validation'
import { z } from 'zod'
import { memberProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const ${singular} = z.object({
  id: serialId,
  userId: id,
  name,
  createdAt: timestamp,
  updatedAt: timestamp,
})

export const ${plural} = router({
  list: memberProcedure('${singular}:read')
    .meta(rest('GET /${path}', 'List the ${words.plural} that one may see, newest first'))
    .input(z.strictObject(pageInput))
    .output(pageOf(${singular}))
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const before = readCursor(cursor, serialId)
      const where = before ? { id: { lt: before } } : {}
      const page = { orderBy: { id: 'desc' }, take: limit + 1 } as const
      return toPage(await ctx.db.${singular}.findMany({ where, ...page }), limit)
    }),

  get: memberProcedure('${singular}:read')
    .meta(rest('GET /${path}/{${id}}', 'Read ${words.one}'))
    .input(z.strictObject({ ${id}: serialId }))
    .output(${singular})
    .query(({ ctx, input }) => ctx.db.${singular}.findFirstOrThrow({ where: { id: input.${id} } })),

  create: memberProcedure('${singular}:create')
    .meta(rest('POST /${path}', 'Create ${words.one}'))
    .input(z.strictObject({ name }))
    .output(${singular})
    .mutation(({ ctx, input }) => ctx.db.${singular}.create({ data: input })),

  update: memberProcedure('${singular}:update')
    .meta(rest('PATCH /${path}/{${id}}', 'Change ${words.one}'))
    .input(z.strictObject({ ${id}: serialId, name: name.exactOptional() }))
    .output(${singular})
    .mutation(({ ctx, input: { ${id}, ...data } }) =>
      ctx.db.${singular}.update({ where: { id: ${id} }, data }),
    ),

  delete: memberProcedure('${singular}:delete')
    .meta(rest('DELETE /${path}/{${id}}', 'Delete ${words.one}'))
    .input(z.strictObject({ ${id}: serialId }))
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      await ctx.db.${singular}.delete({ where: { id: input.${id} } })
    }),
})
`
