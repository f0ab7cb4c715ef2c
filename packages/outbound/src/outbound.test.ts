import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { startReceiver } from '@repo/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { createBench, loopback, post } from '../test/test-bench.ts'
import { createOutbound } from './outbound.ts'

const bench = createBench()
afterEach(bench.close)

const options = { allowedNetworks: loopback }
const urlOf = ({ port }: { readonly port: number }) => `http://127.0.0.1:${port}`

test('a request arrives as it was given, and says nothing of its own', async () => {
  const receiver = await bench.receiver()
  expect(await post(`${urlOf(receiver)}/a%20b?c=d#e`, options)).toBe(204)
  expect(receiver.received).toEqual([
    {
      method: 'POST',
      path: '/a%20b?c=d',
      headers: {
        'content-type': 'application/json',
        'content-length': '10',
        host: `127.0.0.1:${receiver.port}`,
        connection: 'close',
      },
      body: '{"a":"ä"}',
      bytes: Buffer.from('{"a":"ä"}'),
    },
  ])
})

test('each request has a connection of its own, and no cookie comes back', async () => {
  const receiver = await bench.receiver({
    answer: (response) => response.writeHead(200, { 'set-cookie': 'a=b' }).end(),
  })
  const outbound = createOutbound(options)
  for (let count = 0; count < 3; count += 1) {
    await outbound.post(urlOf(receiver), { body: '', headers: {} })
  }
  expect(receiver.countConnections()).toBe(3)
  expect(receiver.received.map(({ headers }) => headers.cookie)).toEqual(Array(3).fill(undefined))
})

describe('what a receiver answers', () => {
  test.each([200, 201, 202, 204, 299])('%d is taken', async (status) => {
    const receiver = await bench.receiver({
      answer: (response) => response.writeHead(status).end(),
    })
    expect(await post(urlOf(receiver), options)).toBe(status)
  })

  const final = [300, 304, 400, 401, 403, 404, 405, 410, 413, 415, 422, 451]
  const passing = [408, 425, 429, 500, 501, 502, 503, 504, 599]

  test.each([...final, ...passing])('%d is no success, and only some pass', async (status) => {
    const permanent = final.includes(status)
    const receiver = await bench.receiver({
      answer: (response) => response.writeHead(status).end('hunter2'),
    })
    const outcome = await post(urlOf(receiver), options)
    expect(outcome).toMatchObject({
      code: 'status',
      status,
      permanent,
      retryAfterSeconds: undefined,
    })
    expect(inspect(outcome, { depth: 9, showHidden: true })).not.toContain('hunter2')
  })

  test.each([
    ['7', 7],
    ['0', 1],
    ['999999', 3_600],
    ['Wed, 02 Jan 2030 03:04:35 GMT', 30],
    ['Wed, 02 Jan 2030 03:00:00 GMT', 1],
    ['Wed, 02 Jan 2031 03:00:00 GMT', 3_600],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['2030', 2_030],
    ['2030-01-02', undefined],
  ])('Retry-After: %s is a wait of %s s', async (text, seconds) => {
    const receiver = await bench.receiver({
      answer: (response) => response.writeHead(429, { 'retry-after': text }).end(),
    })
    const clock = () => new Date('2030-01-02T03:04:05Z')
    expect(await post(urlOf(receiver), { ...options, clock })).toMatchObject({
      status: 429,
      retryAfterSeconds: seconds,
    })
  })

  test('of an endless answer a part is read, and its status counts', async () => {
    let written = 0
    const receiver = await bench.receiver({
      answer: (response) => {
        const write = () => {
          while (!response.destroyed && response.write(Buffer.alloc(16_384))) written += 16_384
        }
        response.on('drain', write).writeHead(200)
        write()
      },
    })
    expect(await post(urlOf(receiver), { ...options, maxAnswerBytes: 100_000 })).toBe(200)
    // What lies in the buffers of both ends comes on top.
    expect(written).toBeLessThan(16 * 2 ** 20)
  })

  test('an answer that does not end is cut, and its status counts', async () => {
    const receiver = await bench.receiver({
      answer: (response) => response.writeHead(200).write('…'),
    })
    expect(await post(urlOf(receiver), { ...options, timeoutMs: 3_000 })).toBe(200)
  })

  test('headers without measure are no answer', async () => {
    const receiver = await bench.receiver({
      answer: (response) => response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end(),
    })
    expect(await post(urlOf(receiver), options)).toMatchObject({
      code: 'unreachable',
      reason: 'HPE_HEADER_OVERFLOW',
    })
  })
})

describe('a receiver that is not there', () => {
  test('is unreachable, and the next one is not', async () => {
    const receiver = await startReceiver()
    await receiver.close()
    const outcome = await post(urlOf(receiver), options)
    expect(outcome).toMatchObject({
      code: 'unreachable',
      permanent: false,
      reason: 'ECONNREFUSED',
      message: 'The receiver could not be reached.',
    })
    expect(inspect(outcome)).not.toContain(String(receiver.port))
    expect(await post(urlOf(await bench.receiver()), options)).toBe(204)
  })

  test.each([
    ['ends the connection', (socket: Socket) => socket.end()],
    ['resets it', (socket: Socket) => socket.resetAndDestroy()],
    ['speaks another protocol', (socket: Socket) => socket.end('220 mail.example ESMTP\r\n')],
    [
      'changes the protocol',
      (socket: Socket) =>
        socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    ],
    ['answers before there is an answer', (socket: Socket) => socket.end('HTTP/1.1 000 X\r\n\r\n')],
    ['answers 099', (socket: Socket) => socket.end('HTTP/1.1 099 X\r\ncontent-length: 0\r\n\r\n')],
    [
      'answers that it will answer, for ever',
      (socket: Socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)),
    ],
  ])('is unreachable when it %s', async (_, act) => {
    const server = await listen((socket) => socket.once('data', () => act(socket)))
    expect(await post(urlOf(server), options)).toMatchObject({
      code: 'unreachable',
      permanent: false,
    })
    await server.close()
  })
})

test('who says first that they will answer is waited for', async () => {
  const early = 'HTTP/1.1 103 Early Hints\r\n\r\n'
  const server = await listen((socket) =>
    socket.once('data', () => socket.end(`${early}${early}HTTP/1.1 204 No Content\r\n\r\n`)),
  )
  expect(await post(urlOf(server), options)).toBe(204)
  await server.close()
})

describe('clocks', () => {
  test('who takes the request and says nothing is left', async () => {
    const receiver = await bench.receiver({ answer: () => {} })
    const outcome = await post(urlOf(receiver), {
      ...options,
      headersTimeoutMs: 2_000,
      timeoutMs: 60_000,
    })
    expect(outcome).toMatchObject({ code: 'timeout', permanent: false, status: undefined })
    expect(receiver.received).toHaveLength(1)
  })

  test('who lets in and says nothing of TLS is left', async () => {
    const server = await listen(() => {})
    const outcome = await post(urlOf(server).replace('http', 'https'), {
      ...options,
      connectTimeoutMs: 200,
      headersTimeoutMs: 60_000,
      timeoutMs: 60_000,
    })
    expect(outcome).toMatchObject({ code: 'timeout', permanent: false })
    await server.close()
  })

  test('the clock of the connection stops with it', async () => {
    const receiver = await bench.receiver({
      answer: (response) => setTimeout(() => response.writeHead(202).end(), 3_000),
    })
    expect(await post(urlOf(receiver), { ...options, connectTimeoutMs: 2_500 })).toBe(202)
  })

  test('the caller can give up, before and meanwhile', async () => {
    const receiver = await bench.receiver({ answer: () => controller.abort() })
    const controller = new AbortController()
    const given = { code: 'aborted', permanent: false }
    expect(await post(urlOf(receiver), options, AbortSignal.abort())).toMatchObject(given)
    expect(receiver.received).toHaveLength(0)
    expect(await post(urlOf(receiver), options, controller.signal)).toMatchObject(given)
    expect(receiver.received).toHaveLength(1)
  })
})

async function listen(onConnection: (socket: Socket) => unknown) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    onConnection(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
