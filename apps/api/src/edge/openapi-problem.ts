const line = (maxLength: number) => ({ type: 'string', maxLength, pattern: '^[^\\n]*$' })
const code = { type: 'string', maxLength: 100, pattern: '^[a-z_]+$' }

/** What `toProblem` makes of a refusal, as JSON Schema. */
export const problemSchema = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { type: 'string', maxLength: 200, format: 'uri-reference' },
    title: line(200),
    status: { type: 'integer', format: 'int32', minimum: 400, maximum: 599 },
    detail: line(500),
    code: { ...code, description: 'Stable; branch on this.' },
    requestId: { type: 'string', maxLength: 36, format: 'uuid' },
    errors: {
      type: 'array',
      maxItems: 100,
      description: 'For input: every problem at once.',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: {
            type: 'string',
            // 33 names of 64 characters, each of which may be escaped by two.
            maxLength: 5_000,
            format: 'json-pointer',
            description: 'JSON Pointer (RFC 6901)',
          },
          code,
          // It may name every value of an allow-list.
          detail: line(5_000),
        },
      },
    },
  },
}
