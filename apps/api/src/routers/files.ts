import { maxFileBytes } from '@repo/files'
import {
  base64,
  fileName,
  id,
  outputText,
  pageInput,
  pageOf,
  sensitive,
  timestamp,
} from '@repo/validation'
import { z } from 'zod'
import { fileProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const file = z.object({
  id,
  userId: id,
  name: fileName,
  mediaType: outputText(30),
  bytes: z.int().min(0),
  sha256: outputText(64, '^[0-9a-f]{64}$'),
  status: z.enum(['pending', 'clean', 'infected']),
  createdAt: timestamp,
  updatedAt: timestamp,
})

export const files = router({
  list: fileProcedure('file:read')
    .meta(rest('GET /files', 'List the files that one may see, newest first'))
    .input(z.strictObject(pageInput))
    .output(pageOf(file))
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const before = readCursor(cursor, id)
      const where = before ? { id: { lt: before } } : {}
      const page = { orderBy: { id: 'desc' }, take: limit + 1 } as const
      return toPage(await ctx.db.file.findMany({ where, ...page }), limit)
    }),

  get: fileProcedure('file:read')
    .meta(rest('GET /files/{fileId}/details', 'Read what is known of a file'))
    .input(z.strictObject({ fileId: id }))
    .output(file)
    .query(({ ctx, input }) => ctx.db.file.findFirstOrThrow({ where: { id: input.fileId } })),

  create: fileProcedure('file:create', 'upload')
    .meta(rest('POST /files', 'Upload a PNG, a JPEG or a PDF of at most 5 MiB'))
    .meta({ transfer: 'upload', holdsSecret: true })
    .input(z.strictObject({ name: fileName, content: sensitive(base64(maxFileBytes)) }))
    .output(file)
    .mutation(({ ctx, input: { name, content } }) =>
      ctx.files.create({ name, content: Buffer.from(content, 'base64') }),
    ),

  download: fileProcedure('file:read')
    .meta(rest('GET /files/{fileId}', 'Download a file that was found to be clean'))
    .meta({ transfer: 'download' })
    .input(z.strictObject({ fileId: id }))
    .output(z.object({ name: fileName, mediaType: z.string(), content: sensitive(z.string()) }))
    .query(async ({ ctx, input }) => {
      const found = await ctx.db.file.findFirstOrThrow({ where: { id: input.fileId } })
      return { ...found, content: (await ctx.files.read(found)).toString('base64') }
    }),

  delete: fileProcedure('file:delete')
    .meta(rest('DELETE /files/{fileId}', 'Delete a file'))
    .input(z.strictObject({ fileId: id }))
    .output(nothing)
    .mutation(async ({ ctx, input }) => {
      await ctx.files.deleteContent(await ctx.db.file.delete({ where: { id: input.fileId } }))
    }),
})
