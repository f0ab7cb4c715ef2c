import { expect, test } from 'vitest'
import { createLocalWindow } from './local-window.ts'

const policy = { limit: 2, windowMs: 1_000 }

test('a flood of keys keeps the memory bounded, and forgets the oldest first', () => {
  const window = createLocalWindow(100, () => 0)
  window.take('first', policy)
  window.take('first', policy)
  expect(window.take('first', policy).allowed).toBe(false)
  for (let key = 0; key < 99; key += 1) window.take(`key ${key}`, policy)
  expect(window.size).toBe(100)
  expect(window.take('first', policy).allowed).toBe(false)
  for (let key = 100; key < 10_000; key += 1) window.take(`key ${key}`, policy)
  expect(window.size).toBe(100)
  expect(window.take('first', policy).allowed).toBe(true)
})

test('a refused call adds nothing, and the wait ends when the oldest call leaves', () => {
  let time = 0
  const window = createLocalWindow(100, () => time)
  const takeAt = (moment: number) => {
    time = moment
    return window.take('key', policy)
  }
  expect(takeAt(0)).toEqual({ allowed: true, remaining: 1, waitMs: 1_000 })
  expect(takeAt(400)).toEqual({ allowed: true, remaining: 0, waitMs: 600 })
  expect(takeAt(999)).toEqual({ allowed: false, remaining: 0, waitMs: 1 })
  expect(takeAt(1_000)).toEqual({ allowed: true, remaining: 0, waitMs: 400 })
  expect(takeAt(1_399)).toEqual({ allowed: false, remaining: 0, waitMs: 1 })
  expect(takeAt(1_400)).toEqual({ allowed: true, remaining: 0, waitMs: 600 })
})
