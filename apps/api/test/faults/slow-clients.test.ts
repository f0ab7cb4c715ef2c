import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api?.close())

const head = (length: number) =>
  `POST /api/auth/login HTTP/1.1\r\nHost: ${new URL(api.url).host}\r\n` +
  `Content-Type: application/json\r\nContent-Length: ${length}\r\n`

/** Sends `start` at once and then a byte each half second; answers what came back, and when it was cut. */
async function drip(start: string, drop: string) {
  const socket = connect({ port: Number(new URL(api.url).port), host: '127.0.0.1' })
  let text = ''
  socket.on('data', (chunk) => {
    text += String(chunk)
  })
  socket.on('error', () => {})
  const begun = performance.now()
  socket.write(start)
  const timer = setInterval(() => socket.write(drop), 500)
  await once(socket, 'close')
  clearInterval(timer)
  return { text, afterMs: performance.now() - begun }
}

test('slow headers and a slow body are cut within 12 s, with 408, and others are served meanwhile', async () => {
  const slow = [drip(head(10).trimEnd(), '\r\nX-Drop: 1'), drip(`${head(1_000)}\r\n{`, ' ')]
  for (let second = 0; second < 3; second += 1) {
    expect((await request(`${api.url}/healthz`)).status).toBe(200)
  }
  for (const { text, afterMs } of await Promise.all(slow)) {
    expect(afterMs).toBeGreaterThan(3_000)
    expect(afterMs).toBeLessThan(12_500)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(text).toContain('"code":"request_timeout"')
  }
  // One line each: of what never was a request, and of the request whose body never came.
  const lines = () => api.log().filter(({ msg, status }) => msg === 'request' && status === 408)
  await expect.poll(lines).toHaveLength(2)
  expect(lines()).toContainEqual(expect.objectContaining({ route: '/api/auth/login', bytesOut: 0 }))
  const broken = { route: null, broken: 'ERR_HTTP_REQUEST_TIMEOUT' }
  expect(lines()).toContainEqual(expect.objectContaining(broken))
})

test('a client that sends nothing is cut as well', async () => {
  const { afterMs } = await drip('P', '')
  expect(afterMs).toBeLessThan(12_500)
})
