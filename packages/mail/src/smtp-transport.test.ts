import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createCertificate } from '../test/create-certificate.ts'
import type { SmtpServerSettings } from '../test/start-smtp-server.ts'
import { createBench, mailTo } from '../test/test-bench.ts'
import type { Letter } from './mail.ts'
import { isCatcher, isLoopback, openSmtpTransport } from './smtp-transport.ts'

const bench = createBench()
const certificates = getCACertificates('default')
const trusted = createCertificate()
const foreign = createCertificate()

beforeEach(() => setDefaultCACertificates([...certificates, trusted.cert]))
afterEach(async () => {
  await bench.close()
  setDefaultCACertificates(certificates)
})

// An address that reaches loopback, and is not counted as loopback.
const elsewhere = '[::ffff:127.0.0.1]'

describe('TLS', () => {
  const startTls = { disabledCommands: ['AUTH'] }
  const accepted: readonly [string, string, SmtpServerSettings, boolean][] = [
    ['smtp: to loopback is plain', 'smtp://127.0.0.1', {}, false],
    ['smtp: to loopback takes STARTTLS', 'smtp://localhost', { ...trusted, ...startTls }, true],
    ['smtp: elsewhere goes by STARTTLS', `smtp://${elsewhere}`, { ...trusted, ...startTls }, true],
    ['smtps: is TLS from the start', 'smtps://127.0.0.1', { ...trusted, secure: true }, true],
  ]
  const refused: readonly [string, string, SmtpServerSettings][] = [
    ['smtp: elsewhere without STARTTLS', `smtp://${elsewhere}`, {}],
    ['smtp: elsewhere, foreign certificate', `smtp://${elsewhere}`, { ...foreign, ...startTls }],
    ['smtps: to a plain server', 'smtps://127.0.0.1', {}],
    ['smtps:, foreign certificate', 'smtps://127.0.0.1', { ...foreign, secure: true }],
  ]

  test.each(accepted)('%s', async (_, url, settings, secure) => {
    const server = await bench.server(settings)
    const mailer = bench.mailer(`${url}:${server.port}`)
    mailer.send(mailTo('alice@example.com'))
    await mailer.close()
    expect(mailer.failures).toEqual([])
    expect(server.mails).toMatchObject([{ secure }])
  })

  test.each(refused)('nothing goes out over %s', async (_, url, settings) => {
    const server = await bench.server(settings)
    const mailer = bench.mailer(`${url}:${server.port}`)
    mailer.send(mailTo('alice@example.com'))
    await mailer.close()
    expect(mailer.failures).toHaveLength(1)
    expect(server.offered).toEqual([])
  })
})

test.each([
  ['elsewhere', elsewhere, []],
  ['loopback', '127.0.0.1', ['user']],
])('without STARTTLS a password is told to loopback alone: %s', async (_, host, told) => {
  const users: unknown[] = []
  const server = await bench.server({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username }, __, done) => {
      users.push(username)
      done(null, { user: username })
    },
  })
  const mailer = bench.mailer(`smtp://user:password@${host}:${server.port}`)
  mailer.send(mailTo('alice@example.com'))
  await mailer.close()
  expect(users).toEqual(told)
})

describe('loopback', () => {
  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LocalHost'])('%s is', (host) => {
    expect(isLoopback(host)).toBe(true)
  })

  test.each([
    '127.0.0.1.example.com',
    '127.example.com',
    '127.1',
    'localhost.example.com',
    'notlocalhost',
    '128.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '::ffff:7f00:1',
    '::2',
    'mail.example',
    '',
  ])('%j is not', (host) => {
    expect(isLoopback(host)).toBe(false)
  })
})

describe('a catcher of mails', () => {
  test.each(['mailpit', 'mail-catcher', 'Mail1'])('%s is, where no password is told', (host) => {
    expect([isCatcher(host, ''), isCatcher(host, 'user')]).toEqual([true, false])
  })

  test.each(['mail.example', 'mail.internal', '10.0.0.1', '2130706433', '0x7f000001', '::2', ''])(
    '%j is not',
    (host) => {
      expect(isCatcher(host, '')).toBe(false)
    },
  )
})

describe('a text that is an object', () => {
  test.each([
    ['a file', { path: import.meta.filename }, 'File access rejected'],
    ['a URL', { href: 'http://127.0.0.1:9/' }, 'Url access rejected'],
  ])('is never read from %s', async (_, text, message) => {
    const { deliver } = await openTransport()
    await expect(deliver(letterOf(text))).rejects.toThrow(message)
  })

  test('a string is sent', async () => {
    const { deliver, server } = await openTransport()
    await deliver(letterOf('/etc/passwd'))
    expect(server.mails).toMatchObject([{ text: expect.stringContaining('/etc/passwd') }])
  })
})

async function openTransport() {
  const server = await bench.server()
  const transport = openSmtpTransport(new URL(`smtp://127.0.0.1:${server.port}`))
  bench.cleanUps.push(async () => transport.close())
  const { signal } = new AbortController()
  return { server, deliver: (letter: Letter) => transport.deliver(letter, signal) }
}

function letterOf(text: unknown): Letter {
  return {
    messageId: '<1@example.test>',
    sequence: 1,
    time: new Date(),
    from: { name: '', address: 'a@example.test' },
    to: 'b@example.test',
    subject: 'A file',
    // What plain JavaScript might pass.
    text: text as string,
  }
}
