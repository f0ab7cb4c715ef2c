import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { remember } from './remember.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }))
afterEach(() => vi.useRealTimers())

test('an answer holds for five seconds', async () => {
  let asked = 0
  const read = remember(async () => {
    asked += 1
    return asked
  })
  expect([await read(), await read()]).toEqual([1, 1])
  vi.advanceTimersByTime(4_900)
  expect(await read()).toBe(1)
  vi.advanceTimersByTime(200)
  expect(await read()).toBe(2)
})

test('what hangs is asked once, is late after two seconds, and is heard again when it answers', async () => {
  let asked = 0
  let answer = (_value: number) => {}
  const read = remember(() => {
    asked += 1
    return new Promise<number>((resolve) => {
      answer = resolve
    })
  })
  const late = expect(read()).rejects.toThrow('in time')
  vi.advanceTimersByTime(2_000)
  await late
  vi.advanceTimersByTime(60_000)
  await expect(read()).rejects.toThrow('in time')
  expect(asked).toBe(1)
  answer(1)
  await Promise.resolve()
  await Promise.resolve()
  vi.advanceTimersByTime(5_100)
  const again = read()
  answer(2)
  expect(await again).toBe(2)
})

test('a failure is told, and tried again after five seconds', async () => {
  let fails = true
  const read = remember(async () => {
    if (fails) throw new Error('gone')
    return 'back'
  })
  await expect(read()).rejects.toThrow('gone')
  fails = false
  await expect(read()).rejects.toThrow('gone')
  vi.advanceTimersByTime(5_100)
  expect(await read()).toBe('back')
})
