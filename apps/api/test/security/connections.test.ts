import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { createLogger } from '@repo/logging'
import { createTestCertificate } from '@repo/testing'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, expect, it } from 'vitest'
import { type ConnectionLimits, limitConnections } from '../../src/edge/limit-connections.ts'
import { limitPipelining } from '../../src/edge/limit-pipelining.ts'
import { connectionLimits } from '../../src/edge/request-limits.ts'
import { slowReaders } from '../../src/edge/slow-readers.ts'
import { createProxies } from '../../src/proxies.ts'
import { type OpenSocket, openSocket } from '../support/open-socket.ts'
import { startSecureApi } from '../support/start-secure-api.ts'
import { askOver, connectTls } from '../support/tls-client.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const patient = { timeout: 20_000 }
const plenty = { maxConnections: 1_000, maxPerAddress: 1_000 }
const silent = createLogger({ level: 'fatal' })

interface Setting {
  readonly limits?: Partial<ConnectionLimits>
  readonly proxies?: readonly string[]
}

/** A server with these limits that answers when it is told to. */
async function start({ limits = {}, proxies = [] }: Setting) {
  const server = Fastify({ logger: false, forceCloseConnections: true })
  const watched = createProxies({ trustedProxies: proxies, cdnNetworks: [] })
  limitConnections({ logger: silent, proxies: watched }, { ...plenty, ...limits })(server.server)
  return { url: await serve(server), server }
}

async function serve(server: FastifyInstance): Promise<string> {
  server.get('/', async () => 'served')
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  closers.push(() => server.close())
  return url
}

async function open(url: string, count: number, from?: string): Promise<readonly OpenSocket[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => openSocket(url, from)))
  closers.push(() => sockets.map(({ socket }) => socket.destroy()))
  return sockets
}

const ask = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'

/** Whether a request on this connection is answered; false where it was closed. */
async function isServed({ socket, text, ended }: OpenSocket): Promise<boolean> {
  socket.write(ask)
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  await expect.poll(() => isOver || text().includes('served'), patient).toBe(true)
  return text().startsWith('HTTP/1.1 200 ')
}

const countServed = async (sockets: readonly OpenSocket[]) =>
  (await Promise.all(sockets.map(isServed))).filter(Boolean).length

it.each<[string, Setting]>([
  ['of all', { limits: { maxConnections: 20 } }],
  ['of one address', { limits: { maxPerAddress: 20 } }],
  [
    'of one address, though others are trusted',
    { limits: { maxPerAddress: 20 }, proxies: ['10.0.0.0/8'] },
  ],
])(
  'connections %s beyond 20 are closed, and the next is served when one has left',
  async (_name, setting) => {
    const { url } = await start(setting)
    const sockets = await open(url, 25)
    expect(await countServed(sockets)).toBe(20)
    const [first] = sockets.filter(({ text }) => text() !== '')
    first?.socket.destroy()
    await first?.ended
    await expect.poll(async () => countServed(await open(url, 1)), patient).toBe(1)
    expect(await countServed(await open(url, 1))).toBe(0)
  },
)

it.each(['127.0.0.1', '127.0.0.0/8', '::ffff:127.0.0.1'])(
  'the trusted proxy %s brings the connections of many',
  async (proxy) => {
    const { url } = await start({ limits: { maxPerAddress: 5 }, proxies: [proxy] })
    expect(await countServed(await open(url, 20))).toBe(20)
  },
)

// Only Linux has all of 127.0.0.0/8.
it.runIf(process.platform === 'linux')('one address does not use up what others have', async () => {
  const { url } = await start({ limits: { maxPerAddress: 10, maxConnections: 100 } })
  expect(await countServed(await open(url, 30))).toBe(10)
  expect(await countServed(await open(url, 5, '127.0.0.2'))).toBe(5)
})

it('the listeners of a process share what an address may have', async () => {
  const proxies = createProxies({ trustedProxies: [], cdnNetworks: [] })
  const watch = limitConnections({ logger: silent, proxies }, { ...plenty, maxPerAddress: 10 })
  const urls = await Promise.all(
    [1, 2].map(async () => {
      const server = Fastify({ logger: false, forceCloseConnections: true })
      watch(server.server)
      return serve(server)
    }),
  )
  const sockets = (await Promise.all(urls.map((url) => open(url, 8)))).flat()
  expect(await countServed(sockets)).toBe(10)
})

it('plain HTTP beside HTTPS (HTTP_PORT) is bounded too', async () => {
  const secure = await startSecureApi()
  closers.push(() => secure.close())
  const { maxPerAddress } = connectionLimits
  const sockets = await open(secure.plainUrl, maxPerAddress + 20)
  const countOpen = () => sockets.filter(({ socket }) => !socket.destroyed).length
  await expect.poll(countOpen, patient).toBeLessThanOrEqual(maxPerAddress)
  expect(countOpen()).toBeGreaterThan(0)
})

it('requests that wait on one connection are at most so many, however many come in a packet', async () => {
  let running = 0
  let most = 0
  const server = Fastify({ logger: false, forceCloseConnections: true })
  limitPipelining(server, 32)
  server.get('/slow', async () => {
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setTimeout(resolve, 50))
    running -= 1
    return 'slow'
  })
  const url = await serve(server)
  const [few, flood] = await open(url, 2)
  const line = 'GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n'
  few?.socket.write(line.repeat(32))
  await expect.poll(() => few?.text().match(/200 OK/g)?.length, patient).toBe(32)
  most = 0
  flood?.socket.write(line.repeat(5_000))
  await flood?.ended
  await expect.poll(() => running, patient).toBe(0)
  expect(most).toBeLessThanOrEqual(32)
  expect(most).toBeGreaterThan(0)
})

it.each(['text', 'stream'])(
  'an answer (%s) that nobody reads is given up, and one that is read arrives whole',
  async (kind) => {
    // More than any buffer of the system holds.
    const large = 'x'.repeat(32 * 1024 * 1024)
    const server = Fastify({ logger: false, forceCloseConnections: true })
    const minBytesPerSecond = 1024 * large.length
    slowReaders(server, { readWithinMs: 3_000, minBytesPerSecond, streamBytes: large.length })
    server.get('/large', async (_request, reply) =>
      kind === 'text' ? large : reply.send(Readable.from(Buffer.from(large))),
    )
    const url = await serve(server)
    const sockets: Socket[] = []
    server.server.on('connection', (socket) => sockets.push(socket))
    const asleep = connect(Number(new URL(url).port), '127.0.0.1')
    closers.push(() => asleep.destroy())
    asleep.on('error', () => {})
    asleep.pause()
    asleep.write('GET /large HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await expect.poll(() => sockets.length, patient).toBe(1)
    expect((await (await fetch(`${url}/large`)).text()).length).toBe(large.length)
    await expect.poll(() => sockets[0]?.destroyed, patient).toBe(true)
    expect(asleep.bytesRead).toBeLessThan(large.length)
  },
)

it('whoever does not read their answer over TLS is cut, and the process lives', async () => {
  const https = await createTestCertificate()
  const server = Fastify({ logger: false, forceCloseConnections: true, https })
  const answer = 'x'.repeat(16 * 1024 * 1024)
  slowReaders(server, { readWithinMs: 1_000, minBytesPerSecond: 2 ** 30, streamBytes: 0 })
  server.get('/large', async () => answer)
  const port = Number(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port)
  closers.push(() => server.close())
  const sockets: Socket[] = []
  server.server.on('secureConnection', (socket) => sockets.push(socket))
  const asleep = await connectTls(port, { rejectUnauthorized: false })
  closers.push(() => asleep.destroy())
  asleep.pause()
  asleep.write('GET /large HTTP/1.1\r\nHost: a.test\r\n\r\n')
  await expect.poll(() => sockets[0]?.destroyed, patient).toBe(true)
  expect(asleep.bytesRead).toBeLessThan(answer.length)
  const other = await connectTls(port, { rejectUnauthorized: false })
  closers.push(() => other.destroy())
  expect(await askOver(other, 'GET /nowhere')).toMatch(/^HTTP\/1\.1 404 /)
})
