import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createEncryption } from '@repo/encryption'
import { afterEach, expect, test } from 'vitest'
import { createBench, mailTo } from '../test/test-bench.ts'
import { openMailHandler } from './mail-handler.ts'
import { createMailSeal } from './mail-seal.ts'

const bench = createBench()
afterEach(bench.close)

const encryption = createEncryption([{ id: 'k1', key: randomBytes(32) }])
const { seal } = createMailSeal(encryption, () => new Date())
const hang = 'hang@example.com'

function open(port: number) {
  const url = `smtp://127.0.0.1:${port}`
  const { handler, close } = openMailHandler({ url, from: 'a@example.test', encryption })
  bench.cleanUps.push(async () => close())
  const { signal, abort } = controllerOf()
  const job = (to: string) => ({ id: to, data: seal(mailTo(to)), attempt: 1 })
  return { send: (to: string) => handler.run(job(to), signal), abort }
}

function controllerOf() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

test('a mail answered never, or in drips, stalls no other and is given up after 10 s', async () => {
  const server = await bench.server({
    reply: (_, { to }) => (to.includes(hang) ? 'never' : undefined),
  })
  const start = performance.now()
  const silent = open(server.port)
  const dripping = open(await listenInDrips())
  const hanging = Promise.allSettled([silent.send(hang), dripping.send(hang)])
  for (let index = 0; index < 5; index += 1) await silent.send(`user${index}@example.com`)
  expect(server.mails).toHaveLength(5)
  expect(performance.now() - start).toBeLessThan(9_000)
  for (const outcome of await hanging) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { permanent: false } })
  }
  expect(performance.now() - start).toBeGreaterThan(9_000)
}, 60_000)

test('a worker that ends waits for no server', async () => {
  const { send, abort } = open(await listenInDrips())
  const start = performance.now()
  const sending = send(hang)
  abort()
  await expect(sending).rejects.toMatchObject({ permanent: false })
  expect(performance.now() - start).toBeLessThan(9_000)
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
