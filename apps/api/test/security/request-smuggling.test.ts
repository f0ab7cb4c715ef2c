import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSocket } from '../support/open-socket.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api?.close())

const patient = { timeout: 10_000 }

// Each test's own, of one length: the log tells by it what a test's bytes were read as.
const firstAddress = 100
const here = `X-Forwarded-For: 203.0.113.${firstAddress}`
let addresses = firstAddress

// What an attacker would have the next caller's connection say.
const smuggled = `GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n${here}\r\n\r\n`
const json = '{"email":"nobody@b.test","password":"x"}'

const head = (...lines: readonly string[]) =>
  ['POST /api/auth/login HTTP/1.1', 'Host: 127.0.0.1', here, 'Content-Type: application/json']
    .concat(lines)
    .join('\r\n')
    .concat('\r\n\r\n')

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const chunked = 'Transfer-Encoding: chunked'

/** The statuses that came on one connection for these bytes, and which routes the API was asked for. */
async function send(bytes: string, patienceMs = 3_000) {
  addresses += 1
  const address = `203.0.113.${addresses}`
  const { socket, text, ended } = await openSocket(api.url)
  socket.write(bytes.replaceAll(`203.0.113.${firstAddress}`, address), 'latin1')
  const timer = setTimeout(() => socket.destroy(), patienceMs)
  await ended
  clearTimeout(timer)
  const statuses = [...text().matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status))
  const asked = () =>
    api
      .log()
      .filter((line) => line['address'] === address && line['status'])
      .map(({ route }) => route)
  return { statuses, asked }
}

const last = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n${here}\r\nConnection: close\r\n\r\n`

describe('a request that two servers could read differently is refused, and ends its connection', () => {
  it.each<[string, string]>([
    ['CL.TE', `${head(`Content-Length: ${5 + smuggled.length}`, chunked)}0\r\n\r\n${smuggled}`],
    ['TE.CL', `${head(chunked, 'Content-Length: 4')}${chunk(smuggled)}0\r\n\r\n`],
    ['CL.CL', head('Content-Length: 0', `Content-Length: ${smuggled.length}`) + smuggled],
    ['CL.CL, alike', `${head('Content-Length: 2', 'Content-Length: 2')}{}${smuggled}`],
    ['a list of lengths', `${head('Content-Length: 2, 2')}{}${smuggled}`],
    ['a length with a sign', `${head('Content-Length: +2')}{}${smuggled}`],
    ['a negative length', head('Content-Length: -1') + smuggled],
    ['a hexadecimal length', `${head('Content-Length: 0x2')}{}${smuggled}`],
    ['a length past 2^64', `${head('Content-Length: 18446744073709551618')}{}${smuggled}`],
    ['an empty length', head('Content-Length:') + smuggled],
    ['an encoding nobody knows', `${head('Transfer-Encoding: xchunked')}0\r\n\r\n${smuggled}`],
    [
      'chunked before another',
      `${head('Transfer-Encoding: chunked, identity')}0\r\n\r\n${smuggled}`,
    ],
    [
      'identity with a length',
      `${head('Transfer-Encoding: identity', 'Content-Length: 2')}{}${smuggled}`,
    ],
    ['a quoted encoding', `${head('Transfer-Encoding: "chunked"')}0\r\n\r\n${smuggled}`],
    ['two encodings', `${head(chunked, 'Transfer-Encoding: x')}0\r\n\r\n${smuggled}`],
    [
      'a vertical tab before chunked',
      `${head('Transfer-Encoding: \x0bchunked')}0\r\n\r\n${smuggled}`,
    ],
    ['a space before the colon', `${head('Transfer-Encoding : chunked')}0\r\n\r\n${smuggled}`],
    ['a tab before the colon', `${head('Content-Length\t: 2')}{}${smuggled}`],
    ['a space before the name', `${head(' Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['obs-fold', `${head('X-Folded: a', ` ${chunked}`, 'Content-Length: 2')}{}${smuggled}`],
    ['obs-fold of the encoding', `${head('Transfer-Encoding:', ' chunked')}0\r\n\r\n${smuggled}`],
    ['a bare LF between headers', `${head(`X-One: 1\n${chunked}`)}0\r\n\r\n${smuggled}`],
    ['a bare CR between headers', `${head(`X-One: 1\r${chunked}`)}0\r\n\r\n${smuggled}`],
    [
      'a bare LF for the last line',
      `${head('Content-Length: 2').replace(/\r\n\r\n$/, '\n\n')}{}${smuggled}`,
    ],
    ['NUL in a name', `${head('Transfer-\0Encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['NUL in a value', `${head('Transfer-Encoding: chunked\0')}0\r\n\r\n${smuggled}`],
    ['a size that is none', `${head(chunked)}g\r\n${json}\r\n0\r\n\r\n${smuggled}`],
    ['a size with 0x', `${head(chunked)}0x2\r\n{}\r\n0\r\n\r\n${smuggled}`],
    ['a size past 2^64', `${head(chunked)}10000000000000002\r\n{}\r\n0\r\n\r\n${smuggled}`],
    ['a bare LF after a size', `${head(chunked)}2\n{}\r\n0\r\n\r\n${smuggled}`],
    ['a bare LF after a chunk', `${head(chunked)}2\r\n{}\n0\r\n\r\n${smuggled}`],
    ['a chunk longer than its size', `${head(chunked)}1\r\n{}\r\n0\r\n\r\n${smuggled}`],
    ['a bare LF in an extension', `${head(chunked)}2;x\n{}\r\n0\r\n\r\n${smuggled}`],
    ['a version before the first', head(chunked).replace('HTTP/1.1', 'HTTP/0.9') + smuggled],
    ['no version', head(chunked).replace(' HTTP/1.1', '') + smuggled],
  ])('%s', async (_name, bytes) => {
    const { statuses, asked } = await send(bytes + last)
    // One refusal, and nothing after it was read as a request.
    expect(statuses).toHaveLength(1)
    expect([400, 413, 415, 421]).toContain(statuses[0])
    expect(asked().filter((route) => route !== '/api/auth/login')).toEqual([])
  })
})

describe('a request that can be read in one way alone is read so, and the next begins where it ends', () => {
  it.each<[string, string]>([
    ['a length', head(`Content-Length: ${json.length}`) + json],
    ['chunks', `${head(chunked)}${chunk(json)}0\r\n\r\n`],
    ['two chunks', `${head(chunked)}${chunk(json.slice(0, 9))}${chunk(json.slice(9))}0\r\n\r\n`],
    [
      'an extension of a chunk',
      `${head(chunked)}${json.length.toString(16)};a=b\r\n${json}\r\n0\r\n\r\n`,
    ],
    [
      'a trailer',
      `${head(chunked)}${chunk(json)}0\r\nX-Trailer: ${smuggled.split('\r')[0]}\r\n\r\n`,
    ],
    ['chunked in capitals', `${head('Transfer-Encoding: CHUNKED')}${chunk(json)}0\r\n\r\n`],
    ['an empty line before it', `\r\n${head(`Content-Length: ${json.length}`)}${json}`],
  ])('%s', async (_name, bytes) => {
    const { statuses, asked } = await send(bytes + last)
    expect(statuses).toEqual([401, 200])
    await expect.poll(() => asked().toSorted(), patient).toEqual(['/api/auth/login', '/healthz'])
  })

  it.each<[string, string]>([
    ['a body that looks like a request', head(`Content-Length: ${smuggled.length}`) + smuggled],
    ['a chunk that looks like a request', `${head(chunked)}${chunk(smuggled)}0\r\n\r\n`],
  ])('%s: it is a body, and no request', async (_name, bytes) => {
    const { statuses, asked } = await send(bytes + last)
    // What is no JSON may end the connection.
    expect(statuses[0]).toBe(400)
    await expect.poll(asked, patient).toContain('/api/auth/login')
    expect(asked().filter((route) => route === null)).toEqual([])
  })

  it('a target is never one that a list of paths would miss', async () => {
    for (const path of ['//api/auth/session', '/api//auth/session', '/api/auth/./session']) {
      const { statuses } = await send(last.replace('/healthz', path))
      expect(statuses, path).toEqual([404])
    }
  })
})
