import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  base64,
  currentPassword,
  email,
  id,
  mailToken,
  name,
  newPassword,
  outputEmail,
  text,
} from './index.ts'
import { isSensitive, secretInput, sensitive } from './sensitive.ts'

describe('a mark', () => {
  it('is on the schema that was marked and on what is made of it, and on no other', () => {
    const plain = z.string()
    const marked = sensitive(plain)
    expect([plain, z.string(), id, name, text(5), base64(9)].some(isSensitive)).toBe(false)
    expect([marked, marked.min(3), marked.meta({ maxLength: 9 })].every(isSensitive)).toBe(true)
  })

  it('changes nothing of what is taken and what is published', () => {
    const plain = z.string().min(3).meta({ pattern: '^a' })
    const marked = sensitive(plain)
    expect([marked.safeParse('ab').success, marked.parse('abc')]).toEqual([false, 'abc'])
    expect(z.toJSONSchema(marked)).toEqual(z.toJSONSchema(plain))
  })

  it('of what is only ever sent to us is published', () => {
    const published = z.toJSONSchema(secretInput(z.string().max(9)))
    expect(published).toMatchObject({ type: 'string', maxLength: 9, writeOnly: true })
  })

  it('is on every kind that is sensitive wherever it stands', () => {
    const kinds = [newPassword, currentPassword, mailToken, email, outputEmail]
    expect(kinds.map(isSensitive)).toEqual(kinds.map(() => true))
    for (const kind of [newPassword, currentPassword]) {
      expect(z.toJSONSchema(kind)).toMatchObject({ format: 'password', writeOnly: true })
    }
  })
})
