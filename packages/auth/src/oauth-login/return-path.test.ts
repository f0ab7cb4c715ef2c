import { expect, test } from 'vitest'
import { readReturnPath } from './return-path.ts'

const origin = 'https://api.acme.test'

test.each([
  ['/', '/'],
  ['/account/signed-in', '/account/signed-in'],
  ['/oauth/interaction/abc', '/oauth/interaction/abc'],
  ['/a?next=//evil.test', '/a?next=//evil.test'],
  ['/a#b', '/a'],
  ['/a/../b', '/b'],
  ['/%2F%2Fevil.test', '/%2F%2Fevil.test'],
  ['/@evil.test', '/@evil.test'],
  ['/ä', '/%C3%A4'],
])('%s is %s', (text, path) => {
  expect(readReturnPath(text, origin)).toBe(path)
})

test.each([
  '',
  'a',
  '?a',
  '#a',
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '/a\\b',
  '\\\\evil.test',
  '/\t/evil.test',
  '/\r\n/evil.test',
  '/\u0000a',
  '/\u0085/a',
  '/\u2028a',
  ' /a',
  '/.//evil.test',
  '/a/..//evil.test',
  '/%2e//evil.test',
  'https://evil.test',
  'https://api.acme.test/a',
  'javascript:alert(1)',
  `/${'a'.repeat(1_000)}`,
  `/${'ä'.repeat(500)}`,
])('%j leads nowhere', (text) => {
  expect(readReturnPath(text, origin)).toBeNull()
})
