import type { OpenAPIObject } from 'trpc-to-openapi'
import type { RestProcedure } from './rest-routes.ts'

interface Operation {
  tags?: string[]
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

/** Replaces the generator's error bodies, success codes and tags by what is served and how we sort it. */
export function describeOperations(
  document: OpenAPIObject,
  routes: readonly RestProcedure[],
): OpenAPIObject {
  const errors = Object.entries(refusals).map(([status, description]) => [
    status,
    { description, content },
  ])
  for (const { path, rest } of routes) {
    const operation: Operation | undefined = Reflect.get(
      document.paths?.[rest.path] ?? {},
      rest.method.toLowerCase(),
    )
    if (!operation) throw new Error(`${rest.method} ${rest.path} is missing from the document.`)
    const success = Object.entries(operation.responses).find(([status]) =>
      status.startsWith('2'),
    )?.[1]
    const answered = rest.status === 204 ? { description: 'Done; no content.' } : success
    operation.tags = [path.split('.').slice(0, -1).join('.')]
    operation.responses = { [rest.status]: answered, ...Object.fromEntries(errors) }
  }
  const schemas = document.components?.schemas ?? {}
  const kept = Object.entries(schemas).filter(([name]) => !name.startsWith('error.'))
  const all = { ...Object.fromEntries(kept), Problem: problemSchema } as typeof schemas
  return { ...document, components: { ...document.components, schemas: all } }
}
