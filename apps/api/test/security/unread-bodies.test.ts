import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSocket } from '../support/open-socket.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api?.close())

const head = (method: string, path: string, lines: readonly string[]) =>
  [`${method} ${path} HTTP/1.1`, `Host: ${new URL(api.url).host}`, ...lines].join('\r\n')
const chunk = `${(1_024).toString(16)}\r\n${'x'.repeat(1_024)}\r\n`

it.each([
  ['a path that is none', 'POST', '/nowhere', 404],
  ['another method', 'POST', '/healthz', 405],
  ['another host', 'POST', '/api/auth/login', 421],
  ['files by nobody', 'POST', '/api/files', 401],
])(
  'who is answered for %s and goes on sending is cut at once, long before a request’s time is over',
  async (_name, method, path, status) => {
    const { socket, text, ended } = await openSocket(api.url)
    const host = status === 421 ? ['Host: evil.test'] : []
    const type = 'Content-Type: multipart/form-data; boundary=b'
    const lines = [...host, type, 'Transfer-Encoding: chunked']
    const start = performance.now()
    socket.write(`${head(method, path, lines).replace(/^Host: 127.*\r\n(?=Host)/m, '')}\r\n\r\n`)
    const sending = setInterval(() => socket.write(chunk), 20)
    await ended
    clearInterval(sending)
    expect(text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    // A request may take 7 s to arrive.
    expect(performance.now() - start).toBeLessThan(5_000)
  },
)

it('who sent the whole body of what is refused keeps the connection', async () => {
  const { socket, text, ended } = await openSocket(api.url)
  const body = 'x'.repeat(50_000)
  const lines = ['Content-Type: text/plain', `Content-Length: ${body.length}`]
  socket.write(`${head('POST', '/nowhere', lines)}\r\n\r\n${body}`)
  await expect.poll(text).toMatch(/^HTTP\/1\.1 404 /)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  socket.write(`${head('GET', '/healthz', ['Connection: close'])}\r\n\r\n`)
  await ended
  expect(text()).toContain('HTTP/1.1 200 ')
})
