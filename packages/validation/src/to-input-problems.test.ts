import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { problem } from './input-problem.ts'
import { toInputProblems } from './to-input-problems.ts'

const canary = 'canary-8d1f'

function problemsOf(schema: z.ZodType, value: unknown) {
  return toInputProblems(schema.safeParse(value).error ?? { issues: [] })
}

const sentences: readonly [schema: z.ZodType, value: unknown, code: string, detail: string][] = [
  [z.string(), 1, 'invalid_type', 'This must be of type string.'],
  [z.enum(['draft', 'open']), canary, 'invalid_value', 'This must be one of: draft, open.'],
  [
    z.enum(Array.from({ length: 51 }, (_, at) => `v${at}`)),
    canary,
    'invalid_value',
    'This is none of the values that are allowed here.',
  ],
  [z.uuid(), canary, 'invalid_format', 'This must have the form of: uuid.'],
  [z.string().regex(/^x$/), canary, 'invalid_format', 'This does not have the expected form.'],
  [z.string().min(20), canary, 'too_small', 'This must have at least 20 characters.'],
  [z.string().max(3), canary, 'too_big', 'This must have at most 3 characters.'],
  [z.string().length(3), canary, 'too_big', 'This must have exactly 3 characters.'],
  [z.array(z.string()).max(1), [canary, canary], 'too_big', 'This must have at most 1 items.'],
  [z.int().min(1), 0, 'too_small', 'This must be at least 1.'],
  [z.int().max(5), 6, 'too_big', 'This must be at most 5.'],
  [z.number().positive(), 0, 'too_small', 'This must be more than 0.'],
  [z.number().lt(5), 5, 'too_big', 'This must be less than 5.'],
  [z.number().multipleOf(5), 6, 'not_multiple_of', 'This must be a multiple of 5.'],
  [z.union([z.int(), z.boolean()]), canary, 'invalid_union', 'This has none of the allowed forms.'],
  [
    z.string().refine(() => false, problem('outer_white_space')),
    canary,
    'outer_white_space',
    'This begins or ends with white space.',
  ],
  [
    z.string().refine(() => false, { error: ({ input }) => `${input} is wrong` }),
    canary,
    'not_allowed',
    'This is not allowed.',
  ],
  [
    z.record(z.uuid(), z.int()),
    { [canary]: 1 },
    'invalid_key',
    'This holds a field whose name is not allowed.',
  ],
  [z.int(), 1.5, 'invalid_type', 'This must be of type int.'],
]

describe('toInputProblems', () => {
  it.each(sentences)('speaks of the schema alone (%#)', (schema, value, code, detail) => {
    const [found, ...others] = problemsOf(schema, value)
    expect(found).toMatchObject({ code, detail })
    expect(others).toEqual([])
    expect(found?.detail).not.toContain(canary)
  })

  it('says nothing about fine input', () => {
    expect(problemsOf(z.strictObject({ a: z.string() }), { a: 'x' })).toEqual([])
  })

  it('names all problems at once, each by its JSON Pointer', () => {
    const item = z.strictObject({ 'a/b~c': z.int() })
    const schema = z.strictObject({ items: z.array(item), name: z.string() })
    const value = { items: [{ 'a/b~c': 1 }, { 'a/b~c': canary }], extra: canary }
    expect(problemsOf(schema, value)).toEqual([
      { pointer: '/items/1/a~1b~0c', code: 'invalid_type', detail: 'This must be of type number.' },
      { pointer: '/name', code: 'invalid_type', detail: 'This must be of type string.' },
      { pointer: '/extra', code: 'unknown_field', detail: 'This field is unknown.' },
    ])
  })

  it('names each unknown field, cut short and made well-formed', () => {
    const long = `${'k'.repeat(63)}😀${canary}`
    const pointers = problemsOf(z.strictObject({}), { 'a/b': 1, [long]: 1, '\ud800': 1 })
    expect(pointers.map(({ pointer }) => pointer)).toEqual([
      '/a~1b',
      `/${'k'.repeat(63)}\ufffd`,
      '/\ufffd',
    ])
  })

  it('does not let the caller choose how long the answer is', () => {
    const value = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`f${index}`, 1]))
    expect(problemsOf(z.strictObject({}), value)).toHaveLength(50)
  })
})
