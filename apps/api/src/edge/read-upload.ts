import type { MultipartFile } from '@fastify/multipart'
import { AppError } from '@repo/errors'
import { maxFileBytes } from '@repo/files'
import { toPointer } from '@repo/validation'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Allowance } from './upload-budget.ts'

/** Two files, so that the second is refused by its name; enough for the parts' own headers. */
export const uploadLimits = {
  fileSize: maxFileBytes,
  files: 2,
  fields: 20,
  parts: 22,
  fieldNameSize: 100,
  fieldSize: 1_000,
  headerPairs: 20,
} as const

const envelopeBytes = 64 * 1024

/** Refuses a body that says itself that it is too long, before any of it is read. */
export async function refuseLongUploads(request: FastifyRequest, reply: FastifyReply) {
  if (Number(request.headers['content-length'] ?? 0) > maxFileBytes + envelopeBytes) {
    reply.header('connection', 'close')
    throw new AppError('payload_too_large')
  }
}

interface Upload {
  readonly name: string
  /** In base64, as the procedure takes it. */
  readonly content: string
}

/** The one part `file` of a multipart/form-data body (RFC 7578); its size is counted while it arrives. */
export async function readUpload(
  request: FastifyRequest,
  reply: FastifyReply,
  allowance: Allowance,
): Promise<Upload> {
  try {
    return await readParts(request, allowance)
  } catch (error) {
    // The rest of the body is not waited for.
    reply.header('connection', 'close')
    if (error instanceof AppError) throw error
    if (statusOf(error) === 413) throw new AppError('payload_too_large')
    throw new AppError('bad_request', { cause: error })
  }
}

async function readParts(request: FastifyRequest, allowance: Allowance): Promise<Upload> {
  const uploads: Upload[] = []
  const unknown = new Set<string>()
  // `preservePath`, or a path in the name would be cut off in silence.
  for await (const part of request.parts({ preservePath: true, limits: uploadLimits })) {
    if (part.type !== 'file' || part.fieldname !== 'file') {
      unknown.add(part.fieldname)
      if (part.type === 'file') part.file.resume()
      continue
    }
    const content = await readContent(part.file, allowance)
    if (content === null) throw new AppError('payload_too_large')
    uploads.push({ name: part.filename, content: content.toString('base64') })
  }
  const [upload, ...more] = uploads
  const problems = [
    ...[...unknown].map((name) => problemOf(name, 'unknown_field', 'This field is unknown.')),
    ...(more.length > 0 ? [problemOf('file', 'duplicate', 'This is given more than once.')] : []),
    ...(upload ? [] : [problemOf('file', 'required', 'This is required.')]),
  ]
  if (!upload || problems.length > 0) throw new AppError('invalid_input', { fields: problems })
  return upload
}

/** The whole of it; null as soon as it is too long. */
async function readContent(
  file: MultipartFile['file'],
  allowance: Allowance,
): Promise<Buffer | null> {
  if (file.truncated) return null
  const chunks: Buffer[] = []
  // The parser would otherwise wait for the end of what it no longer hands out.
  file.once('limit', () => file.destroy())
  try {
    for await (const chunk of file) {
      allowance.take(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    if (!file.truncated) throw error
  }
  return file.truncated ? null : Buffer.concat(chunks)
}

const problemOf = (name: string, code: string, detail: string) => ({
  pointer: toPointer([name]),
  code,
  detail,
})

const statusOf = (error: unknown) =>
  error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
