import { expect, test } from 'vitest'
import { createLosses } from './losses.ts'

function watch() {
  const told: number[] = []
  return { told, losses: createLosses((_error, dropped) => told.push(dropped)) }
}

test('an outage is told when it begins, and when it is over with all that it has cost since', () => {
  const { told, losses } = watch()
  for (const dropped of [3, 4, 5]) {
    losses.add(dropped, new Error('Redis is gone.'))
    losses.report(true)
  }
  expect(told).toEqual([3])
  losses.report(true)
  losses.report(true)
  expect(told).toEqual([3, 9])
  expect(losses.count()).toBe(12)
})

test('one that nothing was tried in is not over', () => {
  const { told, losses } = watch()
  losses.add(1)
  losses.report(true)
  losses.report(false)
  losses.add(1)
  losses.report(true)
  expect(told).toEqual([1])
})

test('one that the process ends in is told of to its last event', () => {
  const { told, losses } = watch()
  for (const dropped of [3, 4, 5]) {
    losses.add(dropped)
    losses.report(true)
  }
  losses.close()
  losses.close()
  expect(told).toEqual([3, 9])
})

test('without one nothing is told', () => {
  const { told, losses } = watch()
  losses.report(true)
  losses.close()
  expect([told, losses.count()]).toEqual([[], 0])
})
