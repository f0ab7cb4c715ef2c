import { generateTotpCode } from '@repo/testing'
import { expect, test } from 'vitest'
import { findTotpStep, formatTotpUri, generateTotpSecret } from './totp.ts'

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const at = (seconds: number) => new Date(seconds * 1_000)

// RFC 6238, appendix B: the last six of its eight digits.
test.each([
  [59, '287082', 1],
  [1_111_111_109, '081804', 37_037_036],
  [1_111_111_111, '050471', 37_037_037],
  [1_234_567_890, '005924', 41_152_263],
  [2_000_000_000, '279037', 66_666_666],
  [20_000_000_000, '353130', 666_666_666],
])('at %d s since 1970 the code is %s, of step %d', (seconds, code, step) => {
  expect(findTotpStep(secret, code, at(seconds))).toBe(step)
  expect(generateTotpCode(secret, at(seconds))).toBe(code)
})

const noon = 1_798_804_800 // the beginning of a step
const step = noon / 30

test.each([
  [-60, 0, null],
  [-31, 0, null],
  [-30, 0, step - 1],
  [-1, 0, step - 1],
  [-29, 29, step],
  [0, 0, step],
  [29, 0, step],
  [30, 0, step + 1],
  [30, 29, step + 1],
  [59, 0, step + 1],
  [60, 0, null],
  [60, 29, null],
  [3_600, 0, null],
])('an app whose clock differs by %d s, %d s into a step, gives step %s', (skew, into, found) => {
  const code = generateTotpCode(secret, at(noon + into + skew))
  expect(findTotpStep(secret, code, at(noon + into))).toBe(found)
})

test.each([
  ['nothing', ''],
  ['a digit less', '28708'],
  ['a digit more', '2870820'],
  ['a space around it', ' 287082'],
  ['a line end', '287082\n'],
  ['digits of another script', '２８７０８２'],
  ['a number that is equal', '+287082'],
  ['another code', '287083'],
])('%s is no code', (_, code) => {
  expect(findTotpStep(secret, code, at(59))).toBeNull()
  expect(findTotpStep(secret, '287082', at(59))).toBe(1)
})

test('a secret has 160 bits and is another one each time', () => {
  const secrets = Array.from({ length: 100 }, generateTotpSecret)
  for (const one of secrets) expect(one).toMatch(/^[A-Z2-7]{32}$/)
  expect(new Set(secrets).size).toBe(100)
})

test('the URI names service and account, whatever is in their names', () => {
  const uri = new URL(formatTotpUri(secret, 'Rampart & Co', 'a+b&secret=x@people.test'))
  expect(uri.protocol).toBe('otpauth:')
  expect(decodeURIComponent(uri.pathname)).toContain('Rampart & Co:a+b&secret=x@people.test')
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    issuer: 'Rampart & Co',
    secret,
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
})
