import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestCertificate, type TestCertificate } from '@repo/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { readTlsFiles } from './tls-files.ts'

let folder: string
let good: TestCertificate
let other: TestCertificate
const hour = 60 * 60 * 1_000
const now = new Date()
const later = (hours: number) => new Date(now.getTime() + hours * hour)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-tls-'))
  good = await createTestCertificate({ hosts: ['api.acme.test', '127.0.0.1', '::1'] })
  other = await createTestCertificate()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(cert: string, key: string, hostname: string | null = null) {
  const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key'), hostname }
  await Promise.all([writeFile(files.certFile, cert), writeFile(files.keyFile, key)])
  return readTlsFiles(files, now)
}

/** The one sentence about a pair, which holds nothing of it. */
async function problemOf(...pair: Parameters<typeof read>): Promise<string> {
  const error = await read(...pair).catch((thrown: unknown) => thrown)
  if (!(error instanceof ConfigError)) throw new Error('The pair was taken.', { cause: error })
  expect(error.message).not.toMatch(/BEGIN|rampart|acme/)
  expect(error.problems).toHaveLength(1)
  return error.problems[0] ?? ''
}

it.each(['api.acme.test', 'API.acme.test', '127.0.0.1', '::1', null])(
  'a pair is taken for %s',
  async (hostname) => {
    const pair = await read(good.cert, good.key, hostname)
    expect([pair.cert, pair.key.reveal()]).toEqual([good.cert, good.key])
    expect(Math.abs(pair.expiresAt.getTime() - later(1).getTime())).toBeLessThan(hour / 2)
    expect(JSON.stringify(pair)).not.toContain('PRIVATE')
  },
)

it('an RSA key is taken as well, and a chain after the certificate', async () => {
  const { cert, key } = await createTestCertificate({ keyType: 'rsa' })
  expect((await read(`${cert}\n${other.cert}`, key)).cert).toContain(other.cert)
})

it.each(['acme.test', 'evil.test', '127.0.0.2', 'x.api.acme.test'])(
  'a certificate is not for %s',
  async (hostname) => {
    expect(await problemOf(good.cert, good.key, hostname)).toBe(
      'TLS_CERT_FILE holds a certificate for another host than BASE_URL.',
    )
  },
)

it('a file that is not there is named, and its path is not shown', () => {
  const files = { certFile: join(folder, 'no.crt'), keyFile: join(folder, 'no.key') }
  expect(() => readTlsFiles({ ...files, hostname: null }, now)).toThrow(
    /TLS_CERT_FILE cannot be read\.$/,
  )
})

it('what is no certificate, and what is no key, is named', async () => {
  const broken = good.cert.replace(/\n[^-]{8}/, '\nAAAAAAAA')
  for (const cert of ['', 'text', good.key, broken]) {
    expect(await problemOf(cert, good.key)).toBe('TLS_CERT_FILE holds no certificate in PEM.')
  }
  const { key: locked } = await createTestCertificate({ passphrase: 'a passphrase' })
  for (const key of ['', 'text', good.cert, locked]) {
    expect(await problemOf(good.cert, key)).toBe(
      'TLS_KEY_FILE holds no private key in PEM without a passphrase.',
    )
  }
})

it('the key of another certificate is told', async () => {
  expect(await problemOf(good.cert, other.key)).toBe(
    'TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE.',
  )
})

it('an expired certificate is told, of the chain too, and one that is not valid yet', async () => {
  const expired = await createTestCertificate({ from: later(-48), until: later(-24) })
  const early = await createTestCertificate({ from: later(24), until: later(48) })
  const said = 'TLS_CERT_FILE holds a certificate that has expired.'
  expect(await problemOf(expired.cert, expired.key)).toBe(said)
  expect(await problemOf(good.cert + expired.cert, good.key)).toBe(said)
  expect(await problemOf(early.cert, early.key)).toBe(
    'TLS_CERT_FILE holds a certificate that is not valid yet.',
  )
})

it('a key that OpenSSL finds too short is told', async () => {
  const weak = await createTestCertificate({ keyType: 'rsa', bits: 1_024 })
  expect(await problemOf(weak.cert, weak.key)).toBe(
    'TLS_CERT_FILE and TLS_KEY_FILE are too weak for TLS.',
  )
})
