import { maxFileBytes, mediaTypes } from '@repo/files'
import type { OpenAPIObject } from 'trpc-to-openapi'
import { ifMatchPattern } from './entity-tags.ts'
import { idempotencyKeyPattern } from './idempotency-key.ts'
import { headerComponents, headersOf } from './openapi-headers.ts'
import { nameIntegerFormats } from './openapi-integers.ts'
import { correctRequired, isBodyRequired, type Parameter } from './openapi-parameters.ts'
import { problemSchema } from './openapi-problem.ts'
import {
  bodyRefusals,
  changeRefusals,
  describeRefusals,
  refusals,
  transferRefusals,
} from './openapi-refusals.ts'
import type { RestProcedure } from './rest-routes.ts'

interface Operation {
  tags?: string[]
  parameters?: Parameter[]
  requestBody?: { required?: boolean }
  security?: Record<string, string[]>[]
  responses: Record<string, unknown>
}

const withoutContent: Readonly<Record<number, string>> = {
  202: 'Accepted; no content.',
  204: 'Done; no content.',
}

interface Condition {
  readonly header: Parameter
  readonly refusals: Readonly<Record<string, string>>
}

const idempotencyKey: Condition = {
  header: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'The request runs once; within 24 hours its repetition gets the same answer. In quotes (RFC 9651) it is the same key.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: idempotencyKeyPattern },
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
    schema: { type: 'string', minLength: 1, maxLength: 1000, pattern: ifMatchPattern },
  },
  refusals: { '412': 'The object has changed since it was read.' },
}

/** The headers that a route honours, and what they may lead to. */
function conditionsOf({ rest, holdsSecret, hasTag }: RestProcedure): readonly Condition[] {
  if (rest.method === 'PATCH' || rest.method === 'DELETE') return hasTag ? [ifMatch] : []
  return rest.method === 'POST' && rest.protect && !holdsSecret ? [idempotencyKey] : []
}

const binary = {
  type: 'string',
  format: 'binary',
  contentMediaType: 'application/octet-stream',
  maxLength: maxFileBytes,
}

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

const maxExportBytes = 2 ** 31

const lines = {
  description: 'One event a line, as in the list.',
  content: {
    'application/jsonl': {
      schema: { type: 'string', maxLength: maxExportBytes, pattern: '^(\\{.*\\}\\n)*$' },
    },
  },
}

const transferred = { upload: null, download: file, lines }

/** Replaces the generator's error bodies, success codes and tags by what is served and how we sort it. */
export function describeOperations(
  document: OpenAPIObject,
  routes: readonly RestProcedure[],
): OpenAPIObject {
  for (const route of routes) describeOperation(operationOf(document, route), route)
  const schemas = document.components?.schemas ?? {}
  const kept = Object.entries(schemas).filter(([name]) => !name.startsWith('error.'))
  const all = { ...Object.fromEntries(kept), Problem: problemSchema } as typeof schemas
  nameIntegerFormats(document)
  return {
    ...document,
    components: { ...document.components, schemas: all, headers: { ...headerComponents } },
  }
}

function operationOf(document: OpenAPIObject, { rest }: RestProcedure): Operation {
  const methods = document.paths?.[rest.path] ?? {}
  const operation: Operation | undefined = Reflect.get(methods, rest.method.toLowerCase())
  if (!operation) throw new Error(`${rest.method} ${rest.path} is missing from the document.`)
  return operation
}

function describeOperation(operation: Operation, route: RestProcedure): void {
  const { path, rest } = route
  operation.tags = [path.split('.').slice(0, -1).join('.')]
  operation.security = securityOf(route)
  const conditions = conditionsOf(route)
  const parameters = correctRequired(operation.parameters ?? [], route.input)
  if (operation.requestBody) {
    operation.requestBody.required = rest.needsBody || isBodyRequired(parameters, route.input)
  }
  if (route.transfer === 'upload') operation.requestBody = upload
  const headers = conditions.map(({ header }) => header)
  if (parameters.length + headers.length > 0) operation.parameters = [...parameters, ...headers]
  const meant = Object.assign(
    {},
    refusals,
    rest.method === 'GET' ? {} : changeRefusals,
    operation.requestBody ? bodyRefusals : {},
    route.transfer && transferRefusals[route.transfer],
    ...conditions.map((condition) => condition.refusals),
  )
  operation.responses = { [rest.status]: successOf(operation, route), ...describeRefusals(meant) }
}

function securityOf({ rest, isForAdministrators, needsSession }: RestProcedure) {
  if (!rest.protect) return []
  if (isForAdministrators) return [{ administrator: [] }]
  return needsSession ? [{ session: [] }] : [{ session: [] }, { key: [] }]
}

function successOf({ responses }: Operation, { rest, transfer }: RestProcedure) {
  const generated = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1]
  const done = withoutContent[rest.status]
  const sent = transfer && transferred[transfer]
  const answered = done ? { description: done } : (sent ?? generated)
  return { ...Object(answered), headers: headersOf(String(rest.status)) }
}
