import { expect, test } from 'vitest'
import { secondsUntil } from './retry-after.ts'

const now = new Date('2027-01-01T12:00:00Z')

test.each([
  [15 * 60_000, 900],
  [1_001, 2],
  [1_000, 1],
  [1, 1],
  [0, 1],
  [-60_000, 1],
])('what is %i ms away is worth waiting %i s for', (milliseconds, seconds) => {
  expect(secondsUntil(new Date(now.getTime() + milliseconds), now)).toBe(seconds)
})
