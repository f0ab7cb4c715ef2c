import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '../support/run-program.ts'
import { type SecureApi, startSecureApi } from '../support/start-secure-api.ts'
import { startWeakTls, type WeakTls } from '../support/start-weak-tls.ts'

let secure: SecureApi
let weak: WeakTls

beforeAll(async () => {
  secure = await startSecureApi()
  weak = await startWeakTls(secure.certificate)
})

afterAll(async () => {
  weak?.close()
  await secure?.close()
})

interface Scan {
  /** Such as `TLSv1.2`; of each that is spoken. */
  readonly versions: readonly string[]
  /** As OpenSSL names them. */
  readonly suites: readonly string[]
  readonly text: string
}

async function scan(port: number): Promise<Scan> {
  const args = ['--xml=-', '--no-colour', `127.0.0.1:${port}`]
  const text = await runProgram('sslscan', args, { package: 'sslscan' })
  const spoken = /<protocol type="(\w+)" version="([\d.]+)" enabled="1"/g
  const versions = [...text.matchAll(spoken)].map(([, type, version]) => `${type}${version}`)
  const suites = [...text.matchAll(/<cipher [^>]*cipher="([^"]+)"/g)].map(([, name = '']) => name)
  return { versions, suites, text }
}

// Those of TLS 1.3 have forward secrecy and authenticated encryption all.
const isModern = (suite: string) => /^(TLS_|ECDHE-.*(GCM|CHACHA20))/.test(suite)
const isStaticRsa = (suite: string) => /^(AES|CAMELLIA|ARIA)/.test(suite)
const isCbc = (suite: string) => !/^TLS_|GCM|CHACHA20|CCM/.test(suite)

it('sslscan finds TLS 1.2 and 1.3, and of suites only those with forward secrecy and no CBC', async () => {
  const { versions, suites, text } = await scan(secure.port)
  expect(versions).toEqual(['tls1.2', 'tls1.3'])
  expect(suites.length).toBeGreaterThanOrEqual(6)
  expect(suites.filter((suite) => !isModern(suite) || isStaticRsa(suite) || isCbc(suite))).toEqual(
    [],
  )
  expect(text).toContain('<renegotiation supported="0"')
  expect(text).not.toContain('vulnerable="1"')
})

it('it would find old versions, CBC and static RSA, were they there', async () => {
  const { versions, suites } = await scan(weak.port)
  expect(versions).toEqual(['tls1.0', 'tls1.1', 'tls1.2', 'tls1.3'])
  expect(suites.some(isCbc)).toBe(true)
  expect(suites.some(isStaticRsa)).toBe(true)
})
