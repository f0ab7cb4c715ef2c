import { describe, expect, test } from 'vitest'
import { findApiKeys, isApiKey, isWellFormedApiKey, shownPrefix } from './api-key-format.ts'
import { generateToken, hashToken } from './tokens.ts'

const token = generateToken()
const key = `rk_live_${token}`
const other = `rk_live_${generateToken()}`

const replaceAt = (at: number, character: string) =>
  key.slice(0, at) + character + key.slice(at + 1)
const change = (at: number) => replaceAt(at, key[at] === 'A' ? 'B' : 'A')

describe('a key is 57 characters that a secret scanner finds', () => {
  test.each([
    ['nothing', ''],
    ['the prefix alone', 'rk_live_'],
    ['a token without the prefix', token],
    ['another prefix', `sk_live_${token}`],
    ['the prefix of a test key', `rk_test_${token}`],
    ['the prefix in upper case', `RK_LIVE_${token}`],
    ['the prefix twice', `rk_live_${key}`],
    ['a bad checksum', change(56)],
    ['a changed secret', change(8)],
    ['the checksum of another key', key.slice(0, 51) + other.slice(51)],
    ['a random guess', `rk_live_${'A'.repeat(49)}`],
    ['one character less', key.slice(0, -1)],
    ['one character more', `${key}A`],
    ['a space before it', ` ${key}`],
    ['a line break behind it', `${key}\n`],
    ['a NUL in it', replaceAt(20, '\0')],
    ['a Cyrillic letter in the prefix', `rk_l\u0456ve_${token}`],
    ['a full-width letter in the prefix', `\uff52k_live_${token}`],
    ['a full-width letter in the secret', replaceAt(20, '\uff21')],
    ['a joiner that is not seen', `${key.slice(0, 20)}\u200d${key.slice(20)}`],
    ['percent-encoding', key.replace('_', '%5F')],
    ['its hash', `rk_live_${hashToken(key)}`],
  ])('which %s is not', (_name, text) => {
    expect(isWellFormedApiKey(text)).toBe(false)
    expect(key).toHaveLength(57)
    expect(isWellFormedApiKey(key)).toBe(true)
  })

  test('and begins like one before anything else is known of it', () => {
    expect(isApiKey(key)).toBe(true)
    expect(isApiKey('rk_live_guess')).toBe(true)
    expect(isApiKey(token)).toBe(false)
    expect(isApiKey(` ${key}`)).toBe(false)
  })

  test('of which eight random ones are shown', () => {
    expect(shownPrefix(key)).toBe(`rk_live_${token.slice(0, 8)}`)
  })
})

const encodeAll = (text: string) =>
  [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
const times = (count: number, text: string): string =>
  count === 0 ? text : times(count - 1, text.replaceAll('%', '%25'))

describe('keys are found in a text', () => {
  test.each([
    ['alone', key],
    ['in a path', `/api/orders/${key}/x`],
    ['in a query', `/?key=${key}&x=1`],
    ['with letters on both sides', `xyz${key}xyz`],
    ['behind half a prefix', `rk_live_rk_live_rk_li${key}`],
    ['behind a key that is none', `rk_live_${'A'.repeat(49)}${key}`],
    ['in JSON', `/trpc/orders.get?input=${encodeURIComponent(JSON.stringify({ 0: { key } }))}`],
    ['with every character encoded', `/${encodeAll(key)}`],
    ['with hex in upper case', `/${key.replaceAll('_', '%5F')}`],
    ['encoded twice', `/${times(1, encodeAll(key))}`],
    ['encoded three times', `/${times(2, encodeAll(key))}`],
    ['beside what cannot be decoded', `/%ff%zz%?${key}%`],
    ['beside encoded words', `/caf%C3%A9?q=${key}`],
  ])('%s', (_name, text) => {
    expect(findApiKeys(text)).toEqual([key])
  })

  test('each once, and every one', () => {
    expect(findApiKeys(`${key} ${other} ${key}${other}`)).toEqual([key, other])
  })

  test.each([
    ['nothing', ''],
    ['an ordinary path', '/api/orders/1?limit=20'],
    ['a prefix at the end', '/api/rk_live_'],
    ['a token', `/${token}`],
    ['a key with a bad checksum', `/${change(56)}`],
    ['a key that is cut', `/${key.slice(0, -1)}`],
    ['a key with something in it', `/${replaceAt(20, '/')}`],
  ])('but not in %s', (_name, text) => {
    expect(findApiKeys(text)).toEqual([])
  })

  test.each([
    ['prefixes', 'rk_live_'],
    ['percent signs', '%'],
    ['encoded percent signs', '%25'],
    ['percent signs that decode for ever', '%2525'],
    ['beginnings', 'rk_live'],
  ])('in time that grows with its length, for %s', (_name, part) => {
    const started = performance.now()
    expect(findApiKeys(part.repeat(1_000_000 / part.length) + key)).toEqual([key])
    // A megabyte, sixty times what a URL may have; quadratic work would take minutes.
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
