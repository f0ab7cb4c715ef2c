import { randomBytes } from 'node:crypto'
import { createEncryption } from '@repo/encryption'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeWords } from '../test/decode-words.ts'
import { createBench, mailTo } from '../test/test-bench.ts'
import { createMailSeal } from './mail-seal.ts'

const bench = createBench()
afterEach(bench.close)

const alice = 'alice@example.com'
const encryption = createEncryption([{ id: 'k1', key: randomBytes(32) }])
const { seal } = createMailSeal(encryption, () => new Date())

test.each([
  ['a header after a line end', 'alice@example.com\r\nBcc: eve@example.com'],
  ['a bare CR', 'alice@example.com\rBcc: eve@example.com'],
  ['a bare LF', 'alice@example.com\nBcc: eve@example.com'],
  ['a line end after it', 'alice@example.com\n'],
  ['a NUL', 'alice@example.com\0'],
  ['a list', 'alice@example.com,eve@example.com'],
  ['a list with a space', 'alice@example.com, eve@example.com'],
  ['a list by semicolon', 'alice@example.com;eve@example.com'],
  ['a group', 'all:alice@example.com,eve@example.com;'],
  ['a display name', 'Alice <alice@example.com>'],
  ['an address as a name', '"eve@example.com" <alice@example.com>'],
  ['an address in brackets', '<alice@example.com>'],
  ['a comment', 'alice@example.com(eve@example.com)'],
  ['two @', 'alice@example.com@eve.example'],
  ['a line separator', 'alice@example.com\u2028eve'],
  ['no @', 'alice'],
  ['nothing', ''],
])('a recipient with %s is refused as a bug, without its value', (_, to) => {
  const error = thrownBy(() => seal(mailTo(to)))
  expect(error).toEqual(new Error('A mail goes to exactly one bare address.'))
})

test.each(['\r\nBcc: eve@example.com', '\r', '\n', '\0', '\x1b[2J'])(
  'a subject with %j is refused as a bug',
  (injected) => {
    const error = thrownBy(() => seal(mailTo(alice, `Hello${injected}`)))
    expect(error).toEqual(new Error('The subject of a mail has no control characters.'))
  },
)

test.each([
  [alice, 'Hello, "you"; a <tag>: bcc'],
  ['user+tag@my-host.example', 'Bcc: eve@example.com'],
  ['o_brien.x-y@example.co.uk', `${'long '.repeat(200)}end`],
])('a recipient and a subject that only look odd arrive: %s', async (to, subject) => {
  const server = await bench.server()
  const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`)
  mailer.send(mailTo(to, subject))
  await mailer.close()
  expect(server.mails).toMatchObject([{ to: [to], headers: { to } }])
  expect(decodeWords(server.mails[0]?.headers['subject'] ?? '')).toBe(subject)
  expect(Object.keys(server.mails[0]?.headers ?? {}).sort()).toEqual([
    'content-transfer-encoding',
    'content-type',
    'date',
    'from',
    'message-id',
    'mime-version',
    'subject',
    'to',
  ])
})

describe('options', () => {
  test.each([
    'http://user:s3cr3t@mail.example',
    'smtp://user:s3cr3t@mail.example:x',
    'smtp:user:s3cr3t@mail.example',
    'smtp://user:1#s3cr3t@mail.example',
    'smtp://user:1?s3cr3t@mail.example',
    'smtp://user:s3cr3t@mail.example/?tls.rejectUnauthorized=false',
    's3cr3t',
  ])('the URL %s is refused without its password', (url) => {
    const error = thrownBy(() => bench.mailer(url))
    expect(error).toBeInstanceOf(Error)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cr3t')
  })

  test.each(['', 'Rampart', 'a@b.c, d@e.f', 'Rampart <a@b.c>\r\nBcc: e@f.g', 'Ram\npart <a@b.c>'])(
    'the sender %j is refused',
    (from) => {
      const error = thrownBy(() => bench.mailer('smtp://127.0.0.1:9', { from }))
      expect(String(error)).toContain('The sender is neither')
    },
  )

  test.each([
    ['no-reply@example.test', 'no-reply@example.test'],
    ['Rampart, Inc. <a@b.example>', '"Rampart, Inc." <a@b.example>'],
  ])('the sender %j is taken', async (from, header) => {
    const server = await bench.server()
    const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`, { from })
    mailer.send(mailTo(alice))
    await mailer.close()
    expect(server.mails).toMatchObject([{ headers: { from: header } }])
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}
