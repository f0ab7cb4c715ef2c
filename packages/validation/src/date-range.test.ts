import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { dateRange, inOrder, moment } from './date-range.ts'
import { toInputProblems } from './to-input-problems.ts'

const problemsOf = (schema: z.ZodType, value: unknown) =>
  toInputProblems(schema.safeParse(value).error ?? { issues: [] }).map(
    ({ pointer, code }) => `${pointer} ${code}`,
  )

describe('dateRange', () => {
  const schema = dateRange({ maxDays: 31 })

  it.each([
    ['a day', '2026-03-01', '2026-03-01'],
    ['31 days', '2026-03-01', '2026-03-31'],
    ['over a year’s end', '2026-12-31', '2027-01-01'],
  ])('takes %s', (_name, from, to) => {
    expect(schema.parse({ from, to })).toEqual({ from, to })
  })

  it.each([
    ['the wrong way round', '2026-03-02', '2026-03-01', ['/to range_reversed']],
    ['32 days', '2026-03-01', '2026-04-01', ['/to range_too_long']],
    ['a day that is none', '2026-02-30', '2026-03-01', ['/from invalid_format']],
    ['a year that nobody means', '0001-01-01', '2026-01-01', ['/from invalid_format']],
  ])('refuses %s', (_name, from, to, problems) => {
    expect(problemsOf(schema, { from, to })).toEqual(problems)
  })

  it('refuses what it does not know, and half of itself', () => {
    expect(problemsOf(schema, { from: '2026-03-01', until: '2026-03-02' })).toEqual([
      '/to invalid_type',
      '/until unknown_field',
    ])
  })
})

describe('inOrder', () => {
  const fields = { since: moment.exactOptional(), until: moment.exactOptional(), limit: z.int() }
  const schema = z.strictObject(fields).check(...inOrder('since', 'until', { maxDays: 1 }))
  const noon = '2026-11-27T12:00:00Z'

  it.each([
    {},
    { since: noon },
    { until: noon },
    { since: noon, until: noon },
    { since: noon, until: '2026-11-28T12:00:00Z' },
    // Later by the clock on the wall, earlier in fact.
    { since: '2026-11-27T14:00:00+02:00', until: '2026-11-27T12:00:00.001Z' },
  ])('takes %j', (range) => {
    expect(problemsOf(schema, { ...range, limit: 1 })).toEqual([])
  })

  it.each([
    ['2026-11-27T11:59:59.999Z', ['/until range_reversed']],
    ['2026-11-27T13:00:00+02:00', ['/until range_reversed']],
    ['2026-11-28T12:00:00.001Z', ['/until range_too_long']],
  ])('refuses %j after noon', (until, problems) => {
    expect(problemsOf(schema, { since: noon, until, limit: 1 })).toEqual(problems)
  })

  it('is said together with what is wrong elsewhere', () => {
    const until = '2026-11-27T11:00:00Z'
    expect(problemsOf(schema, { since: noon, until, limit: 'x', extra: 1 }).toSorted()).toEqual([
      '/extra unknown_field',
      '/limit invalid_type',
      '/until range_reversed',
    ])
  })
})
