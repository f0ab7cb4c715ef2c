import { spawnSync } from 'node:child_process'
import { afterEach, expect, test, vi } from 'vitest'
import type { Letter } from './mail.ts'
import { createMailQueue } from './mail-queue.ts'

afterEach(() => vi.useRealTimers())

const letter: Letter = {
  messageId: '<1@example.test>',
  sequence: 1,
  time: new Date(),
  from: { name: '', address: 'a@example.test' },
  to: 'b@example.test',
  subject: 'Hello',
  text: 'Hello',
}

test('a letter is handed over after the turn that added it', async () => {
  const deliver = vi.fn(async () => {})
  const queue = createMailQueue({ deliver, onFailed() {}, retryDelaysMs: [] })
  queue.add(letter)
  await Promise.resolve()
  expect(deliver).not.toHaveBeenCalled()
  await new Promise((resolve) => setImmediate(resolve))
  expect(deliver).toHaveBeenCalledOnce()
})

test.each([
  [0, 750],
  [0.5, 1_000],
  [0.999, 1_249],
])('with chance at %d a delay of a second lasts %d ms', async (chance, waitMs) => {
  vi.useFakeTimers()
  const random = vi.spyOn(Math, 'random').mockReturnValue(chance)
  const deliver = vi.fn(async () => Promise.reject(new Error('down')))
  const queue = createMailQueue({ deliver, onFailed() {}, retryDelaysMs: [1_000] })
  queue.add(letter)
  await vi.advanceTimersByTimeAsync(waitMs - 1)
  expect(deliver).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(3)
  expect(deliver).toHaveBeenCalledTimes(2)
  random.mockRestore()
})

test('a letter that rests between attempts does not keep the process alive', () => {
  const program = `
    import { createMailQueue } from ${JSON.stringify(new URL('./mail-queue.ts', import.meta.url).href)}
    const deliver = async () => { throw new Error('down') }
    const onFailed = (error, { willRetry }) => process.stdout.write(String(willRetry))
    createMailQueue({ deliver, onFailed, retryDelaysMs: [60_000] }).add({ messageId: '<1@a>' })`
  const options = { encoding: 'utf8', timeout: 10_000 } as const
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program], options)
  expect(child).toMatchObject({ status: 0, stdout: 'true' })
})
