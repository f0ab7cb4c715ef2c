import { expect, test } from 'vitest'
import { quantile, standardError, summarize, welchT } from './statistics.ts'

// Known answers: R 4, t.test(one, other).
const one = [
  27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4,
]
const other = [
  27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4,
]

test('Welch’s t is the one of the books', () => {
  expect(welchT(one, other)).toBeCloseTo(-2.455, 3)
  expect(welchT(other, one)).toBeCloseTo(2.455, 3)
  expect(welchT(one, other) * standardError(one, other)).toBeCloseTo(20.82 - 22.987, 3)
})

test('quantiles are values that were measured', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(summarize(values)).toEqual({ count: 100, mean: 50.5, median: 50, p95: 95, p99: 99 })
  expect(quantile([7], 0.01)).toBe(7)
})
