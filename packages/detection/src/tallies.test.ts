import { expect, test } from 'vitest'
import { createTallies } from './tallies.ts'

const many = { key: 'a', value: null, teaches: true }

test('events of one rule and key are one tally, and of others others', () => {
  const tallies = createTallies(10)
  for (const value of ['x', 'y', 'x', null]) {
    expect(tallies.add('failed_log_ins_of_account', { ...many, value })).toBe(true)
  }
  tallies.add('many_sessions', many)
  tallies.add('many_sessions', { ...many, key: 'b' })
  expect(tallies.take()).toMatchObject([
    { rule: 'failed_log_ins_of_account', key: 'a', count: 4, values: new Set(['x', 'y']) },
    { rule: 'many_sessions', key: 'a', count: 1 },
    { rule: 'many_sessions', key: 'b', count: 1 },
  ])
  expect(tallies.take()).toEqual([])
})

test('a key past the last that there is room for is not counted; those that are there go on', () => {
  const tallies = createTallies(1)
  expect(tallies.add('many_sessions', many)).toBe(true)
  expect(tallies.add('many_sessions', { ...many, key: 'b' })).toBe(false)
  expect(tallies.add('many_sessions', many)).toBe(true)
  expect(tallies.take()).toMatchObject([{ count: 2 }])
})

test('a text teaches where one of its events does, and only while there is room for it', () => {
  const tallies = createTallies(1)
  const add = (value: string, teaches: boolean) =>
    tallies.add('key_from_new_network', { key: 'a', value, teaches })
  for (const teaches of [false, true, false]) add('x', teaches)
  for (let index = 0; index < 100; index += 1) add(`y${index}`, false)
  add('z', true)
  const [tally] = tallies.take()
  expect(tally?.values.size).toBe(100)
  expect(tally?.teaching).toEqual(new Set(['x']))
})

test('numbers are their logarithms and the largest, whatever a client says they are', () => {
  const tallies = createTallies(1)
  const numbers = [1_024, 4_096, 0, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e300]
  for (const value of numbers) tallies.add('unusual_request_size', { ...many, value })
  const [tally] = tallies.take()
  expect(tally?.numbers).toEqual({
    ...{ sum: 10 + 12 + 40 + 40, squares: 100 + 144 + 1_600 + 1_600, largest: 2 ** 40 },
  })
})
