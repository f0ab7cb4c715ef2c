import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../support/create-world.ts'
import { exchange, exchangeRequest } from '../support/exchange.ts'
import { problemOf } from '../support/problem-of.ts'
import { type SecureApi, startSecureApi } from '../support/start-secure-api.ts'
import { startWeakTls, type WeakTls } from '../support/start-weak-tls.ts'
import { askOver, certificateMet, connectTls } from '../support/tls-client.ts'

let secure: SecureApi
let world: World
let weak: WeakTls

beforeAll(async () => {
  secure = await startSecureApi()
  world = await createWorld(secure.api)
  weak = await startWeakTls(secure.certificate)
})

afterAll(async () => {
  weak?.close()
  await world?.close()
  await secure?.close()
})

async function shakesHands(port: number, offer: ConnectionOptions): Promise<boolean> {
  try {
    const socket = await connectTls(port, { ca: secure.certificate.cert, ...offer })
    socket.destroy()
    return true
  } catch {
    return false
  }
}

const oldest = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const
const of12 = (ciphers: string) =>
  ({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` }) as const

const refused: Readonly<Record<string, ConnectionOptions>> = {
  'TLS 1.0': oldest,
  'TLS 1.1': { ...oldest, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' },
  CBC: of12('ECDHE-RSA-AES128-SHA256'),
  'CBC with SHA-1': of12('ECDHE-RSA-AES256-SHA'),
  'static RSA': of12('AES128-GCM-SHA256'),
  CCM: of12('AES256-CCM8'),
}

const accepted: Readonly<Record<string, ConnectionOptions>> = {
  'TLS 1.3': { minVersion: 'TLSv1.3' },
  'TLS 1.2, AES-GCM': of12('ECDHE-RSA-AES128-GCM-SHA256'),
  'TLS 1.2, ChaCha20': of12('ECDHE-RSA-CHACHA20-POLY1305'),
}

describe('HTTPS in process', () => {
  it.each(Object.entries(accepted))('speaks %s', async (_name, offer) => {
    expect(await shakesHands(secure.port, offer)).toBe(true)
  })

  it.each(Object.entries(refused))(
    'refuses %s, which another server takes',
    async (_name, offer) => {
      expect(await shakesHands(weak.port, offer)).toBe(true)
      expect(await shakesHands(secure.port, offer)).toBe(false)
    },
  )

  it('answers with HSTS, what is no request too', async () => {
    const socket = await connectTls(secure.port, { ca: secure.certificate.cert })
    expect(socket.alpnProtocol).toBe(false)
    const served = await askOver(socket, 'GET /healthz')
    expect(served).toMatch(/^HTTP\/1\.1 200 /)
    const broken = await askOver(socket, 'NONSENSE')
    expect(broken).toMatch(/^HTTP\/1\.1 400 /)
    for (const head of [served, broken]) {
      expect(head.toLowerCase()).toContain(
        'strict-transport-security: max-age=31536000; includesub',
      )
    }
  })

  it('agrees on HTTP/1.1 with who can speak more', async () => {
    const offer = { ca: secure.certificate.cert, ALPNProtocols: ['h2', 'http/1.1'] }
    const socket = await connectTls(secure.port, offer)
    expect(socket.alpnProtocol).toBe('http/1.1')
    socket.destroy()
  })

  it('cuts who speaks plain HTTP to it, and who says nothing, without a line in the log', async () => {
    const lines = secure.api.log().length
    const silent = connect(secure.port, '127.0.0.1')
    const begun = performance.now()
    for (let count = 0; count < 20; count += 1) {
      const url = `http://127.0.0.1:${secure.port}`
      const answer = await exchange(url, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n').catch(() => ({
        text: '',
      }))
      expect(answer.text).not.toContain('HTTP/1.1 2')
    }
    silent.resume()
    await once(silent, 'close')
    const cutAfterMs = performance.now() - begun
    expect(cutAfterMs).toBeGreaterThan(2_000)
    expect(cutAfterMs).toBeLessThan(15_000)
    expect(secure.api.log()).toHaveLength(lines)
    expect(await shakesHands(secure.port, accepted['TLS 1.3'] ?? {})).toBe(true)
  })
})

describe('plain HTTP beside it', () => {
  const ask = (line: string, headers: readonly string[] = []) =>
    exchangeRequest(secure.plainUrl, line, headers)
  const codeOf = (body: string) => problemOf(JSON.parse(body))?.code

  it('leads the pages to HTTPS, and refuses all else but probes', async () => {
    const page = await ask('GET /docs?a=b')
    expect([page.status, page.headers['location']]).toEqual([
      308,
      `https://localhost:${secure.port}/docs?a=b`,
    ])
    const call = await ask('GET /api/auth/session')
    expect([call.status, codeOf(call.body)]).toEqual([403, 'https_required'])
    expect((await ask('GET /readyz')).status).toBe(200)
    for (const { headers } of [page, call]) {
      expect(headers).not.toHaveProperty('strict-transport-security')
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' })
    }
  })

  it('answers what is no request, and logs each that is', async () => {
    expect((await exchange(secure.plainUrl, 'NONSENSE\r\n\r\n')).status).toBe(400)
    const { headers } = await ask('GET /nowhere')
    const requestId = headers['x-request-id']
    const lines = () => secure.api.log().filter((line) => line['requestId'] === requestId)
    await expect.poll(lines).toMatchObject([{ status: 403, address: '127.0.0.1' }])
  })

  it('is where an API key dies, and over HTTPS it works', async () => {
    const { id: userId, organizationId } = await world.createPerson()
    const { key } = await secure.api.services.apiKeys.create({
      ...{ userId, organizationId, name: 'deploy', maxAgeDays: 90 },
      permissions: ['order:read:own'],
    })
    const works = async () => (await secure.api.services.apiKeys.find(key)) !== null
    const socket = await connectTls(secure.port, { ca: secure.certificate.cert })
    const bearer = [`Authorization: Bearer ${key}`]
    const served = await askOver(socket, `GET /api/users/${userId}/orders`, bearer)
    expect(served).toMatch(/^HTTP\/1\.1 200 /)
    expect(await works()).toBe(true)
    const answer = await ask('GET /api/orders/1', bearer)
    expect([answer.status, codeOf(answer.body)]).toEqual([403, 'insecure_transport'])
    expect(await works()).toBe(false)
    socket.destroy()
  })
})

it('the certificate is the one in the files', async () => {
  const { fingerprint256 } = new X509Certificate(secure.certificate.cert)
  expect(await certificateMet(secure.port)).toBe(fingerprint256)
})
