import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eicar, startClamd, type TestClamd } from '@repo/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createScanner } from './scanner.ts'

let clamd: TestClamd

beforeAll(async () => {
  clamd = await startClamd()
})
beforeEach(() => clamd.answerWith('default'))
afterAll(() => clamd.close())

const content = Buffer.from('content')
const unavailable = { code: 'unavailable', retryAfterSeconds: 5 }

test('a clean content is clean, the EICAR text is found, and each arrives byte for byte', async () => {
  const scan = createScanner(clamd.url)
  const large = Buffer.alloc(5_242_880, 'abc')
  expect(await scan(content)).toBe('clean')
  expect(await scan(large)).toBe('clean')
  expect(await scan(Buffer.from(`x${eicar}`))).toBe('infected')
  expect(clamd.scanned.map((one) => one.length)).toEqual([7, 5_242_880, eicar.length + 1])
  expect(clamd.scanned[1]?.equals(large)).toBe(true)
})

test('a scanner is reached by its socket too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rampart-clamd-'))
  const server = createServer((socket) => socket.on('data', () => socket.end('stream: OK\0')))
  server.listen(join(folder, 'clamd.sock'))
  await once(server, 'listening')
  expect(await createScanner(`unix://${folder}/clamd.sock`)(content)).toBe('clean')
  server.close()
  await rm(folder, { recursive: true })
})

describe('throws and says nothing of clean, when clamd', () => {
  test.each([
    ['has had too much', 'INSTREAM size limit exceeded. ERROR'],
    ['fails', 'stream: Can’t allocate memory ERROR'],
    ['does not know the command', 'UNKNOWN COMMAND'],
    ['says nothing', ''],
    ['says OK of something else', 'stream: OK FOUND OK'],
    ['is another server', 'HTTP/1.1 200 OK'],
    ['says two things', 'stream: OK\nstream: X FOUND'],
  ])('%s', async (_name, reply) => {
    clamd.answerWith(() => reply)
    await expect(createScanner(clamd.url)(content)).rejects.toMatchObject(unavailable)
    clamd.answerWith('default')
    expect(await createScanner(clamd.url)(content)).toBe('clean')
  })

  test('never answers', async () => {
    clamd.answerWith(() => null)
    const start = performance.now()
    await expect(createScanner(clamd.url, { timeoutMs: 200 })(content)).rejects.toMatchObject(
      unavailable,
    )
    expect(performance.now() - start).toBeLessThan(8_000)
  })

  test('says more than a verdict', async () => {
    clamd.answerWith(() => 'x'.repeat(100_000))
    await expect(createScanner(clamd.url)(content)).rejects.toMatchObject(unavailable)
  })

  test('is not there', async () => {
    const gone = await startClamd()
    await gone.close()
    await expect(createScanner(gone.url)(content)).rejects.toMatchObject(unavailable)
  })
})
