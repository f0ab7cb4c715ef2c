import { AppError } from '@repo/errors'
import type { FastifyInstance } from 'fastify'

/** The strong tag of one object (RFC 9110, section 8.8.3): when it last changed; null for any other answer. */
export function entityTagOf(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null) return null
  if (!('id' in answer && 'updatedAt' in answer)) return null
  const time = Date.parse(String(answer.updatedAt))
  return Number.isNaN(time) ? null : `"${time}"`
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What If-Match says the object still has to be; null where anything will do. */
    unchangedSince: readonly Date[] | null
  }
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Reads `If-Match` for the doors (RFC 9110, section 13.1.1); one condition cannot speak for a batch of calls. */
export function ifMatch(server: FastifyInstance): void {
  server.decorateRequest('unchangedSince', null)
  server.addHook<{ Params: { path?: string } }>('preHandler', async (request) => {
    const header = request.headers['if-match']
    if (header === undefined || safeMethods.has(request.method)) return
    if (request.params.path?.includes(',')) throw new AppError('bad_request')
    request.unchangedSince = readIfMatch(header)
  })
}

const maxTags = 20
// A list may have empty places (RFC 9110, section 5.6.1); a tag may hold a comma.
const listForm =
  /^[\t ,]*(?:W\/)?"[!#-~\x80-\xff]*"(?:[\t ]*,[\t ,]*(?:W\/)?"[!#-~\x80-\xff]*")*[\t ,]*$/
/** As a published pattern: `*`, or a list of tags. */
export const ifMatchPattern = `^\\*$|${listForm.source}`

const tagForm = /(W\/)?"([^"]*)"/g
// As this API writes them, up to the year 2286; another one is nobody's.
const versionForm = /^[1-9]\d{0,12}$/

/** The versions it names: null for `*`, empty where none is of ours. A weak tag never matches. */
export function readIfMatch(header: string): readonly Date[] | null {
  if (header === '*') return null
  if (!listForm.test(header)) throw new AppError('bad_request')
  const tags = [...header.matchAll(tagForm)]
  if (tags.length > maxTags) throw new AppError('bad_request')
  return tags.flatMap(([, weak, version = '']) =>
    weak === undefined && versionForm.test(version) ? [new Date(Number(version))] : [],
  )
}
