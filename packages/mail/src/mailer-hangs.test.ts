import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { createBench, mailTo } from '../test/test-bench.ts'

const bench = createBench()
afterEach(bench.close)

const hang = 'hang@example.com'
const hangingServer = () =>
  bench.server({ reply: (_, { to }) => (to.includes(hang) ? 'never' : undefined) })

test('a mail answered never, or in drips, stalls no other and is given up after 10 s', async () => {
  const server = await hangingServer()
  const silent = bench.mailer(`smtp://127.0.0.1:${server.port}`, { retryDelaysMs: [] })
  const dripping = bench.mailer(`smtp://127.0.0.1:${await listenInDrips()}`, { retryDelaysMs: [] })
  const start = performance.now()
  silent.send(mailTo(hang))
  dripping.send(mailTo(hang))
  for (let index = 0; index < 5; index += 1) silent.send(mailTo(`user${index}@example.com`))
  await vi.waitFor(() => expect(server.mails).toHaveLength(5), 20_000)
  expect([silent.countWaiting(), dripping.countWaiting()]).toEqual([1, 1])
  for (const mailer of [silent, dripping]) {
    await vi.waitFor(() => expect(mailer.failures).toHaveLength(1), 20_000)
    expect(performance.now() - start).toBeGreaterThan(9_000)
    expect(performance.now() - start).toBeLessThan(11_000)
    expect(mailer.failures).toMatchObject([{ attempt: 1, willRetry: false }])
    expect(mailer.countWaiting()).toBe(0)
  }
})

test('closing waits 5 s for a server that accepts and never answers, and reports every mail', async () => {
  const server = await hangingServer()
  const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`)
  for (let index = 0; index < 4; index += 1) mailer.send(mailTo(hang))
  await vi.waitFor(() => expect(server.offered).toHaveLength(2), 20_000)
  const start = performance.now()
  await mailer.close()
  expect(performance.now() - start).toBeGreaterThan(4_500)
  expect(performance.now() - start).toBeLessThan(6_000)
  expect(mailer.countWaiting()).toBe(0)
  expect(mailer.failures.map(({ attempt, willRetry }) => [attempt, willRetry]).sort()).toEqual([
    [0, false],
    [0, false],
    [1, false],
    [1, false],
  ])
  expect(new Set(mailer.failures.map(({ messageId }) => messageId)).size).toBe(4)
})

test('closing tries once more what rests between attempts, at once', async () => {
  const server = await bench.server({ reply: (count) => (count === 1 ? 451 : undefined) })
  const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`, { retryDelaysMs: [60_000] })
  mailer.send(mailTo('alice@example.com'))
  await vi.waitFor(() => expect(mailer.failures).toHaveLength(1), 20_000)
  expect(server.mails).toEqual([])
  const start = performance.now()
  await mailer.close()
  expect(performance.now() - start).toBeLessThan(30_000)
  expect(server.mails).toHaveLength(1)
})

test('closing gives up a mail that fails again', async () => {
  const server = await bench.server({ reply: () => 451 })
  const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`, { retryDelaysMs: [60_000] })
  mailer.send(mailTo('alice@example.com'))
  await vi.waitFor(() => expect(mailer.failures).toHaveLength(1), 20_000)
  await mailer.close()
  expect(server.offered).toHaveLength(2)
  expect(mailer.failures).toMatchObject([
    { attempt: 1, willRetry: true },
    { attempt: 2, willRetry: false },
  ])
})

/** Greets, and then answers EHLO a line at a time, for ever: never silent, never done. */
async function listenInDrips() {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    socket.write('220 mail\r\n')
    const timer = setInterval(() => socket.write('250-drip\r\n'), 200)
    socket.on('close', () => clearInterval(timer))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  bench.cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  // A TCP server's address is an object, never a pipe's name.
  return (server.address() as AddressInfo).port
}
