import { expect, test } from 'vitest'
import { base64 } from './base64.ts'

const schema = base64(6)
const is = (text: string) => schema.safeParse(text).success

test.each(['', 'AA==', 'AAA=', 'AAAA', '+/+/', 'AAAAAAAA'])('%j is base64', (text) => {
  expect(is(text)).toBe(true)
})

test.each(['A', 'AA', 'AAA', 'AB==', '-_-_', 'AAAA AAAA', 'AA\n==', '!AAA', 'AAAAAAAAAAAA'])(
  '%j is none, or too much',
  (text) => {
    expect(is(text)).toBe(false)
  },
)

test('five megabytes are decided upon at once', () => {
  const text = Buffer.alloc(5_242_880, 'a').toString('base64')
  expect(base64(5_242_880).safeParse(text).success).toBe(true)
  expect(base64(5_242_880).safeParse(`${text.slice(0, -4)}!!!!`).success).toBe(false)
})
