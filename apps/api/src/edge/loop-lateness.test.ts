import { expect, it } from 'vitest'
import { createLateness, watchLoop } from './loop-lateness.ts'
import { loopLimits } from './request-limits.ts'

const limits = loopLimits.production

/** Whether the loop counts as late after each of these timers. */
function judge(...elapsed: readonly number[]): readonly boolean[] {
  const lateness = createLateness(limits)
  return elapsed.map((ms) => {
    lateness.add(ms)
    return lateness.isLate()
  })
}

const times = (count: number, ms: number) => Array<number>(count).fill(ms)

it.each([
  ['timers that come in time', times(50, 100), false],
  ['a loop that is late by 700 ms all the time', times(50, 800), false],
  ['one pause of a second', [...times(10, 100), 1_100, ...times(10, 100)], false],
  [
    'a pause of half a second each second',
    Array(20)
      .fill([600, ...times(5, 100)])
      .flat(),
    false,
  ],
  ['a loop that is late by 1.5 s all the time', times(10, 1_600), true],
  ['one pause of 3 s', [3_100], true],
  ['pauses of 2 s with moments between', Array(5).fill([2_100, 100, 100]).flat(), true],
])('%s: late is %s', (_name, elapsed, isLate) => {
  expect(judge(...elapsed).includes(true)).toBe(isLate)
})

it('once late it stays so until it is well, and is well within seconds of the longest pause', () => {
  const after = judge(60_000, ...times(50, 100))
  expect(after[0]).toBe(true)
  const wellAt = after.indexOf(false)
  expect(wellAt).toBeGreaterThan(5)
  expect(wellAt).toBeLessThan(50)
  // No flapping: one change alone.
  expect(after.slice(wellAt)).not.toContain(true)
})

it('a process that is really blocked is late, and stops being watched', async () => {
  const lateness = createLateness(limits)
  const watch = watchLoop(lateness.add)
  const until = performance.now() + 3_000
  while (performance.now() < until);
  await expect.poll(() => lateness.isLate(), { interval: 1 }).toBe(true)
  await expect.poll(() => lateness.isLate(), { timeout: 10_000 }).toBe(false)
  watch.stop()
})
