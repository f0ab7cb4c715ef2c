import { AppError } from '@repo/errors'
import { jsonLimits, toPointer } from '@repo/validation'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

type Values = Readonly<Record<string, unknown>>

/**
 * The input of a procedure from path, query and body. Text from the URL becomes what the schema
 * says it is, or stays text for the schema to refuse; a name that is given twice is refused.
 */
export function readRestInput(schema: z.ZodObject | null, request: FastifyRequest): unknown {
  const sources = [
    fromUrl(request.params, schema),
    fromUrl(request.query, schema),
    fromBody(request),
  ]
  const entries = sources.flatMap((source) => Object.entries(source))
  if (entries.length > jsonLimits.maxItems) throw new AppError('invalid_input')
  const input = new Map<string, unknown>()
  for (const [name, value] of entries) {
    if (input.has(name)) throw givenTwice(name)
    input.set(name, value)
  }
  if (schema === null && input.size === 0) return undefined
  return Object.fromEntries(input)
}

function givenTwice(name: string): AppError {
  const detail = 'This is given more than once.'
  return new AppError('invalid_input', {
    fields: [{ pointer: toPointer([name]), code: 'duplicate', detail }],
  })
}

function fromBody({ body, method }: FastifyRequest): Values {
  if (body === undefined || body === null) return {}
  if (method === 'GET' || typeof body !== 'object' || Array.isArray(body)) {
    throw new AppError('bad_request')
  }
  return { ...body }
}

function fromUrl(values: unknown, schema: z.ZodObject | null): Values {
  const entries = Object.entries(Object(values)).map(([name, text]) => {
    if (typeof text !== 'string') throw givenTwice(name)
    const field = schema && Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined
    return [name, parseText(text, field)]
  })
  return Object.fromEntries(entries)
}

// One spelling for each number: no exponent, no leading or trailing zero.
const numberForm = /^-?(0|[1-9]\d{0,15})(\.\d{0,14}[1-9])?$/

/** Text as the field's own type; no schema is changed, and nothing else is taken for a number. */
function parseText(text: string, field: unknown): unknown {
  const type = unwrap(field)
  if (type instanceof z.ZodNumber && numberForm.test(text)) return Number(text)
  if (type instanceof z.ZodBoolean && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function unwrap(field: unknown): unknown {
  const isOptional = field instanceof z.ZodOptional || field instanceof z.ZodExactOptional
  return isOptional || field instanceof z.ZodDefault ? unwrap(field.unwrap()) : field
}
