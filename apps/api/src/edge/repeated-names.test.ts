import { expect, test } from 'vitest'
import { findRepeatedName, findRepeatedNameIn, refuseRepeatedQuery } from './repeated-names.ts'

test('JSON with a name twice is refused by 400, in a sentence without the name', () => {
  const text = '{"canary":1,"canary":2}'
  const refusal = findRepeatedName(text, JSON.parse(text))
  expect(refusal?.code).toBe('bad_request')
  expect(refusal?.detail).not.toContain('canary')
  expect(findRepeatedNameIn(text)).toEqual(refusal)
  expect(findRepeatedNameIn(`\uFEFF${text}`)).toEqual(refusal)
  expect(findRepeatedName('{"a":1}', { a: 1 })).toBeNull()
})

test('what is no JSON is for its parser to refuse', () => {
  for (const text of ['', '{', '{"a":1,"a":2', '{"a":1}}', 'a']) {
    expect(findRepeatedNameIn(text)).toBeNull()
  }
})

test.each([
  '/p?a=1&a=2',
  '/p?input={"a":1,"a":1}',
  '/p?input=%7B%22a%22%3A1%2C%22a%22%3A1%7D',
  // Some decoders give up at what is no UTF-8, and leave the text as it is.
  '/p?input=%7B%22a%22%3A%22%FF%22%2C%22a%22%3A1%7D',
  '/p?input={"a":"%","a":1}',
  '/p?input=%EF%BB%BF{"a":1,"a":1}',
])('%s is no query', (url) => {
  expect(() => refuseRepeatedQuery(url)).toThrow('A name is given more than once.')
})

test.each(['/p', '/p?', '/p?a=1&b=1', '/p?input={"a":1}&batch=1', '/p?input={"a":"%FF"}'])(
  '%s is one',
  (url) => {
    expect(() => refuseRepeatedQuery(url)).not.toThrow()
  },
)
