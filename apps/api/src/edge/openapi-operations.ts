import { mediaTypes } from '@repo/files'
import type { OpenAPIObject } from 'trpc-to-openapi'
import type { RestProcedure } from './rest-routes.ts'

interface Operation {
  tags?: string[]
  parameters?: unknown[]
  requestBody?: unknown
  security?: Record<string, string[]>[]
  responses: Record<string, unknown>
}

const problemSchema = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { type: 'string', maxLength: 200 },
    title: { type: 'string', maxLength: 200 },
    status: { type: 'integer', format: 'int32', minimum: 400, maximum: 599 },
    detail: { type: 'string', maxLength: 500 },
    code: { type: 'string', maxLength: 100, description: 'Stable; branch on this.' },
    requestId: { type: 'string', maxLength: 64 },
    errors: {
      type: 'array',
      maxItems: 100,
      description: 'For input: every problem at once.',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { type: 'string', maxLength: 500, description: 'JSON Pointer (RFC 6901)' },
          code: { type: 'string', maxLength: 100 },
          detail: { type: 'string', maxLength: 500 },
        },
      },
    },
  },
}

const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

const refusals = {
  '400': 'The request or its input is not valid.',
  '401': 'Nobody is logged in.',
  '403': 'The caller may not do this.',
  '404': 'There is no such object for this caller.',
  '429': 'Too many requests; Retry-After says when to come back.',
  '503': 'Not available for the moment.',
}

const changeRefusals = { '409': 'This contradicts what already exists.' }

const withoutContent: Readonly<Record<number, string>> = {
  202: 'Accepted; no content.',
  204: 'Done; no content.',
}

interface Condition {
  readonly header: object
  readonly refusals: Readonly<Record<string, string>>
}

const idempotencyKey: Condition = {
  header: {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The request runs once; within 24 hours its repetition gets the same answer.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  },
  refusals: {
    '409':
      'This contradicts what already exists, or the first request with this key is still running.',
    '422': 'The key was used for another request.',
  },
}

const ifMatch: Condition = {
  header: {
    name: 'If-Match',
    in: 'header',
    description: 'Only while the object has one of these tags (ETag), or `*`.',
    schema: { type: 'string', minLength: 1, maxLength: 1000 },
  },
  refusals: { '412': 'The object has changed since it was read.' },
}

/** The headers that a route honours, and what they may lead to. */
function conditionsOf({ rest, holdsSecret, hasTag }: RestProcedure): readonly Condition[] {
  if (rest.method === 'PATCH' || rest.method === 'DELETE') return hasTag ? [ifMatch] : []
  return rest.method === 'POST' && rest.protect && !holdsSecret ? [idempotencyKey] : []
}

const binary = { type: 'string', contentMediaType: 'application/octet-stream' }

// The one part of an upload (edge/read-upload.ts).
const upload = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        additionalProperties: false,
        required: ['file'],
        properties: { file: { ...binary, description: 'Its name is for display alone.' } },
      },
    },
  },
}

const file = {
  description: 'The content, as an attachment.',
  content: Object.fromEntries(Object.keys(mediaTypes).map((type) => [type, { schema: binary }])),
}

const transferRefusals = {
  upload: {
    '409': "The caller's quota is used up.",
    '413': 'The file is too large.',
    '415': 'The content is of no kind that is kept.',
  },
  download: { '409': 'The file has not been scanned yet.' },
} as const

/** Replaces the generator's error bodies, success codes and tags by what is served and how we sort it. */
export function describeOperations(
  document: OpenAPIObject,
  routes: readonly RestProcedure[],
): OpenAPIObject {
  for (const route of routes) {
    const { path, rest } = route
    const operation: Operation | undefined = Reflect.get(
      document.paths?.[rest.path] ?? {},
      rest.method.toLowerCase(),
    )
    if (!operation) throw new Error(`${rest.method} ${rest.path} is missing from the document.`)
    const success = Object.entries(operation.responses).find(([status]) =>
      status.startsWith('2'),
    )?.[1]
    const done = withoutContent[rest.status]
    const answered = done ? { description: done } : route.transfer === 'download' ? file : success
    if (route.transfer === 'upload') operation.requestBody = upload
    operation.tags = [path.split('.').slice(0, -1).join('.')]
    if (rest.protect) {
      operation.security = route.needsSession ? [{ session: [] }] : [{ session: [] }, { key: [] }]
    }
    const conditions = conditionsOf(route)
    const headers = conditions.map(({ header }) => header)
    if (headers.length > 0) operation.parameters = [...(operation.parameters ?? []), ...headers]
    const ofTransfer = route.transfer && transferRefusals[route.transfer]
    const ofConditions = conditions.map((condition) => condition.refusals)
    const ofChanges = rest.method === 'GET' ? {} : changeRefusals
    const meant = Object.assign({}, refusals, ofChanges, ofTransfer, ...ofConditions)
    operation.responses = { [rest.status]: answered, ...describeRefusals(meant) }
  }
  const schemas = document.components?.schemas ?? {}
  const kept = Object.entries(schemas).filter(([name]) => !name.startsWith('error.'))
  const all = { ...Object.fromEntries(kept), Problem: problemSchema } as typeof schemas
  return { ...document, components: { ...document.components, schemas: all } }
}

const describeRefusals = (meanings: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(meanings).map(([status, description]) => [status, { description, content }]),
  )
