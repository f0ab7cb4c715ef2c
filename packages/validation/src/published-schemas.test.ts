import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  currency,
  email,
  id,
  name,
  newPassword,
  pageInput,
  pageOf,
  serialId,
  text,
  timestamp,
} from './index.ts'

const input = z.strictObject({
  id,
  serialId,
  email,
  name,
  newPassword,
  note: text(500).nullable().optional(),
  currency,
  ...pageInput,
})

describe('the schemas as JSON Schema', () => {
  const published = z.toJSONSchema(input, { io: 'input' })

  it('refuse unknown fields and name the required ones', () => {
    expect(published.additionalProperties).toBe(false)
    expect(published.required).toEqual([
      'id',
      'serialId',
      'email',
      'name',
      'newPassword',
      'currency',
    ])
  })

  it('carry the bounds that the server keeps', () => {
    expect(published.properties).toMatchObject({
      id: { type: 'string', format: 'uuid' },
      serialId: { type: 'integer', minimum: 1, maximum: 2_147_483_647 },
      email: { type: 'string', format: 'email', maxLength: 254, pattern: expect.any(String) },
      name: { type: 'string', minLength: 1, maxLength: 100 },
      newPassword: { type: 'string', minLength: 12, maxLength: 128 },
      note: { anyOf: [{ type: 'string', maxLength: 500 }, { type: 'null' }] },
      currency: { type: 'string', enum: expect.arrayContaining(['EUR']) },
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      cursor: { type: 'string', pattern: expect.any(String) },
    })
  })

  it('say the same of input and output, since nothing is transformed', () => {
    const ofOutput = z.toJSONSchema(input, { io: 'output' })
    // Only a default differs: it may be left out, and is always there in the end.
    expect(ofOutput).toEqual({ ...published, required: [...(published.required ?? []), 'limit'] })
  })

  it('include a page', () => {
    expect(z.toJSONSchema(pageOf(z.object({ id })))).toMatchObject({
      required: ['items', 'nextCursor'],
    })
  })

  it('publish a time as it leaves: text in ISO 8601, in UTC', () => {
    expect(timestamp.parse(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
    expect(timestamp.safeParse(new Date(Number.NaN)).success).toBe(false)
    expect(z.toJSONSchema(timestamp)).toMatchObject({ type: 'string', format: 'date-time' })
  })
})
