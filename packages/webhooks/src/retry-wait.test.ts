import { expect, test } from 'vitest'
import { retryWaitOf } from './retry-wait.ts'

const middle = () => 0.5

test('each wait is twice the one before, up to 6 hours, for more than a day in all', () => {
  const waits = Array.from({ length: 16 }, (_, index) => retryWaitOf(index + 1, 0, middle))
  expect(waits.slice(0, 4)).toEqual([10, 20, 40, 80])
  expect(waits.slice(-4)).toEqual([21_600, 21_600, 21_600, null])
  const hours = waits.reduce<number>((sum, wait) => sum + (wait ?? 0), 0) / 3_600
  expect(hours).toBeGreaterThan(24)
  expect(hours).toBeLessThan(48)
})

test('it is a quarter more or less, at random', () => {
  expect([retryWaitOf(1, 0, () => 0), retryWaitOf(1, 0, () => 1)]).toEqual([7.5, 12.5])
})

test('it is as long as the receiver has asked for, and no shorter than it was', () => {
  expect(retryWaitOf(1, 3_600, middle)).toBe(3_600)
  expect(retryWaitOf(12, 60, middle)).toBe(20_480)
  expect(retryWaitOf(16, 60, middle)).toBeNull()
})
