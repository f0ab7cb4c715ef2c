import { expect, test } from 'vitest'
import { findRepeatedName, findRepeatedNameIn, refuseRepeatedQuery } from './repeated-names.ts'

test('JSON with a name twice is refused by 400, in a sentence without the name', () => {
  const text = '{"canary":1,"canary":2}'
  const refusal = findRepeatedName(text, JSON.parse(text))
  expect(refusal?.code).toBe('bad_request')
  expect(refusal?.detail).not.toContain('canary')
  expect(findRepeatedNameIn(text)).toEqual(refusal)
  expect(findRepeatedName('{"a":1}', { a: 1 })).toBeNull()
})

test('what is no JSON is for its parser to refuse', () => {
  for (const text of ['', '{', '{"a":1,"a":2', '{"a":1}}', 'a']) {
    expect(findRepeatedNameIn(text)).toBeNull()
  }
})

test.each([{ a: ['1', '2'] }, { input: '{"a":1,"a":1}' }])('%j is no query', (query) => {
  expect(() => refuseRepeatedQuery(query)).toThrow('A name is given more than once.')
})

test.each([{}, undefined, { a: '1', b: '1' }, { input: '{"a":1}', batch: '1' }])(
  '%j is one',
  (query) => {
    expect(() => refuseRepeatedQuery(query)).not.toThrow()
  },
)
