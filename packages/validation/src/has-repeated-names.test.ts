import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasRepeatedNames } from './has-repeated-names.ts'

const isTold = (text: string) => hasRepeatedNames(text, JSON.parse(text))

test.each([
  '{"a":1,"a":1}',
  '{"a":1,"a":2}',
  '{"a" : 1 , "b":{} ,\n"a"\t:\r\n2}',
  '{"a":1,"\\u0061":2}',
  '[0,{"x":{"y":[{"z":1,"z":1}]}}]',
  '{"__proto__":1,"__proto__":2}',
  '{"":1,"":2}',
  '{"a\\"":1,"a\\"":2}',
  '{"1":0,"1":0}',
])('%j is told', (text) => {
  expect(isTold(text)).toBe(true)
})

test.each([
  '{}',
  'null',
  '"a"',
  '{"a":1,"b":1,"A":1}',
  '{"a":{"a":{"a":1}}}',
  '[{"a":1},{"a":1}]',
  '{"a":"\\"a\\":1,\\"a\\":2"}',
  '{"a":"{\\"b\\":1}","b":":"}',
  '{"a":"\\\\","b":"a\\":"}',
  '["a",":","a:"]',
  '{"__proto__":1,"constructor":2}',
  '{"Å":1,"Å":2}'.normalize('NFC').replace('Å', 'Å'.normalize('NFD')),
])('%j is fine', (text) => {
  expect(isTold(text)).toBe(false)
})

test('no value that was written as JSON is told, and any of its fields written twice is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, name) => {
      const text = JSON.stringify({ [name]: value }, null, 1)
      expect(isTold(text)).toBe(false)
      const field = `${JSON.stringify(name)}:${JSON.stringify(value)}`
      expect(isTold(`[{${field},${field}}]`)).toBe(true)
    }),
  )
})

test('no depth is too deep', () => {
  const around = (inner: string) => '['.repeat(50_000) + inner + ']'.repeat(50_000)
  expect(isTold(around('{"a":1,"a":2}'))).toBe(true)
  expect(isTold(around('{"a":1,"b":2}'))).toBe(false)
})

test('a megabyte of names and quotes is read at once', () => {
  const started = performance.now()
  isTold(`{${Array.from({ length: 50_000 }, (_, at) => `"n${at}\\\\\\"":"\\\\"`).join()}}`)
  // Linear work takes some milliseconds; quadratic work would take minutes.
  expect(performance.now() - started).toBeLessThan(5_000)
})
