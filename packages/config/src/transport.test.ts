import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestCertificate } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProductionProblems } from './production-problems.ts'
import { baseUrlOf, findTransportProblems, tlsFilesOf } from './transport.ts'

let folder: string
let files: Readonly<Record<'TLS_CERT_FILE' | 'TLS_KEY_FILE', string>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-transport-'))
  files = { TLS_CERT_FILE: join(folder, 'tls.crt'), TLS_KEY_FILE: join(folder, 'tls.key') }
  const { cert, key } = await createTestCertificate({ hosts: ['api.acme.test', 'localhost'] })
  await Promise.all([writeFile(files.TLS_CERT_FILE, cert), writeFile(files.TLS_KEY_FILE, key)])
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const https = { BASE_URL: 'https://api.acme.test' }
const problemsOf = (given: Readonly<Record<string, string>>) =>
  findTransportProblems(given, new Date())

describe('HTTPS in process', () => {
  it('is with both files, and with the host of BASE_URL', () => {
    expect(problemsOf({ ...https, ...files })).toEqual([])
    expect(problemsOf({ ...https, ...files, HTTP_PORT: '80' })).toEqual([])
    expect(problemsOf(files)).toEqual([])
    expect(problemsOf({ ...https, ...files, BASE_URL: 'https://other.acme.test' })).toEqual([
      'TLS_CERT_FILE holds a certificate for another host than BASE_URL.',
    ])
  })

  it('may have a certificate for another host behind a proxy, which is who asks', () => {
    const other = { ...files, BASE_URL: 'https://other.acme.test', TRUSTED_PROXIES: '10.0.0.1' }
    expect(problemsOf(other)).toEqual([])
  })

  it.each(['TLS_CERT_FILE', 'TLS_KEY_FILE'] as const)('is not with %s alone', (name) => {
    expect(problemsOf({ ...https, [name]: files[name] })).toEqual([
      'TLS_CERT_FILE and TLS_KEY_FILE: give both or none.',
    ])
  })

  it('is not where BASE_URL is plain', () => {
    expect(problemsOf({ ...files, BASE_URL: 'http://localhost:3000' })).toEqual([
      'BASE_URL must be https where TLS_CERT_FILE is given.',
    ])
  })

  it('is what HTTP_PORT is beside', () => {
    expect(problemsOf({ ...https, HTTP_PORT: '80' })).toEqual([
      'HTTP_PORT is for plain HTTP beside HTTPS: give TLS_CERT_FILE and TLS_KEY_FILE.',
    ])
  })
})

describe('plain HTTP', () => {
  const said =
    'BASE_URL must be https, or http on this machine alone (localhost, 127.0.0.1, [::1]).'

  it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('is for %s', (host) => {
    expect(problemsOf({ BASE_URL: `http://${host}:3000` })).toEqual([])
  })

  it.each(['api.acme.test', '192.168.1.5', 'localhost.acme.test', '127.0.0.1.acme.test'])(
    'is not for %s',
    (host) => {
      expect(problemsOf({ BASE_URL: `http://${host}:3000` })).toEqual([said])
      expect(problemsOf({ HOST: host })).toEqual([said])
    },
  )
})

describe('production', () => {
  const said = 'TLS_CERT_FILE with TLS_KEY_FILE, or TRUSTED_PROXIES, is missing'
  const isRefused = (given: Readonly<Record<string, string>>) =>
    findProductionProblems(given).some((sentence) => sentence.startsWith(said))

  it('does not start without somebody who speaks HTTPS', () => {
    for (const proxies of ['', ' ', ',', ' , ']) {
      expect(isRefused({ ...https, TRUSTED_PROXIES: proxies })).toBe(true)
    }
    expect(isRefused({ ...https, TRUSTED_PROXIES: '10.0.0.1' })).toBe(false)
    expect(isRefused({ ...https, ...files })).toBe(false)
  })
})

it('says https of this machine where the files are given', () => {
  const values = { HOST: '0.0.0.0', PORT: 8443, TRUSTED_PROXIES: [], ...files }
  expect(baseUrlOf(values)).toBe('https://localhost:8443')
  expect(tlsFilesOf(values)).toEqual({
    certFile: files.TLS_CERT_FILE,
    keyFile: files.TLS_KEY_FILE,
    hostname: 'localhost',
  })
})
