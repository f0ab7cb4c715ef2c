import { describe, expect, it } from 'vitest'
import { checkJson, jsonLimits } from './check-json.ts'

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
const items = (count: number) => Array.from({ length: count }, () => 0)
const fields = (count: number) =>
  Object.fromEntries(items(count).map((_, index) => [`f${index}`, 0]))

const accepted: readonly [why: string, value: unknown][] = [
  ['no input', undefined],
  ['null', null],
  ['every kind of value', { a: [1, -1.5, 'ü😀', true, null, {}], b: { c: '' } }],
  ['an object without a prototype', Object.create(null)],
  ['the largest exact integer', Number.MAX_SAFE_INTEGER],
  ['a small fraction', 1e-300],
  ['32 levels', nested(32)],
  ['1000 items', items(1_000)],
  ['1000 fields', fields(1_000)],
  ['forbidden names as values', ['__proto__', 'constructor', 'prototype']],
  ['names that only resemble them', { proto: 1, Constructor: 2, __proto: 3 }],
]

const refused: readonly [why: string, value: unknown, pointer: string, code: string][] = [
  [
    '__proto__',
    JSON.parse('{"a":[{"__proto__":{"admin":true}}]}'),
    '/a/0/__proto__',
    'forbidden_key',
  ],
  ['constructor', JSON.parse('{"constructor":{"prototype":{}}}'), '/constructor', 'forbidden_key'],
  ['prototype', { a: { prototype: 1 } }, '/a/prototype', 'forbidden_key'],
  ['a NUL in a value', { a: ['x', 'x\0'] }, '/a/1', 'nul_character'],
  ['a NUL in a name', { 'a\0': 1 }, '/a\0', 'nul_character'],
  ['a lone surrogate', JSON.parse('{"a":"\\ud800"}'), '/a', 'ill_formed_text'],
  ['a lone surrogate in a name', JSON.parse('{"\\udfff":1}'), '/\ufffd', 'ill_formed_text'],
  ['1e400', JSON.parse('[1e400]'), '/0', 'unsafe_number'],
  ['2^53', JSON.parse('{"a":9007199254740993}'), '/a', 'unsafe_number'],
  ['-2^53', -(2 ** 53), '', 'unsafe_number'],
  ['33 levels', nested(33), '/0'.repeat(32), 'too_deep'],
  ['1001 items', { list: items(1_001) }, '/list', 'too_many_items'],
  ['1001 fields', fields(1_001), '', 'too_many_items'],
  ['a name that needs escaping', { 'a/b~c': '\0' }, '/a~1b~0c', 'nul_character'],
  ['a big integer', 1n, '', 'not_json'],
  ['a date', { at: new Date(0) }, '/at', 'not_json'],
  ['a form', new FormData(), '', 'not_json'],
]

describe('checkJson', () => {
  it.each(accepted)('accepts %s', (_, value) => {
    expect(checkJson(value)).toEqual([])
  })

  it.each(refused)('refuses %s', (_, value, pointer, code) => {
    expect(checkJson(value)).toEqual([{ pointer, code, detail: expect.stringMatching(/\.$/) }])
  })

  it('names every problem, in the order of the input', () => {
    const pointers = checkJson({ a: '\0', b: [1e300, 'fine', '\ud800'] }).map((at) => at.pointer)
    expect(pointers).toEqual(['/a', '/b/0', '/b/2'])
  })

  it('survives 120 000 levels of lists and of objects', () => {
    const objects: unknown = JSON.parse(`${'{"a":'.repeat(120_000)}1${'}'.repeat(120_000)}`)
    expect(checkJson(nested(120_000))).toMatchObject([{ code: 'too_deep' }])
    expect(checkJson(objects)).toMatchObject([{ code: 'too_deep' }])
  })

  it('survives a value that contains itself', () => {
    const value: Record<string, unknown> = {}
    value['left'] = value
    value['right'] = value
    expect(checkJson(value)).toHaveLength(jsonLimits.maxProblems)
  })

  it('does not let the caller choose how long the answer is', () => {
    const hostile = { list: Array.from({ length: 900 }, () => '\0'), ['k'.repeat(10_000)]: '\0' }
    expect(checkJson(hostile)).toHaveLength(jsonLimits.maxProblems)
    const [longName] = checkJson({ ['k'.repeat(10_000)]: '\0' })
    expect(longName?.pointer).toBe(`/${'k'.repeat(64)}`)
  })
})
