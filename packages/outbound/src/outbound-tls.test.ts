import { once } from 'node:events'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createTestCertificate, startNode } from '@repo/testing'
import { afterEach, expect, test } from 'vitest'
import { createBench, loopback, post } from '../test/test-bench.ts'

const bench = createBench()
const certificates = getCACertificates('default')
const trusted = await createTestCertificate()
const unknown = await createTestCertificate()
const ofAnother = await createTestCertificate({ hosts: ['other.test'] })
const expired = await createTestCertificate({
  from: new Date('2020-01-01'),
  until: new Date('2021-01-01'),
})

// One at a time: authorities of one name are taken for one another.
const trust = (cert: string) => setDefaultCACertificates([...certificates, cert])

afterEach(async () => {
  await bench.close()
  setDefaultCACertificates(certificates)
})

const options = { allowedNetworks: loopback }

test.each(['127.0.0.1', 'localhost'])('a certificate for %s is trusted there', async (host) => {
  trust(trusted.cert)
  const receiver = await bench.receiver({ tls: trusted })
  expect(await post(`https://${host}:${receiver.port}/`, options)).toBe(204)
  expect(receiver.received).toHaveLength(1)
})

test.each([
  ['of another host', ofAnother, ofAnother, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['that has expired', expired, expired, 'CERT_HAS_EXPIRED'],
  ['that nobody vouches for', unknown, trusted, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
])('nothing is said to a certificate %s', async (_, tls, { cert }, reason) => {
  trust(cert)
  const receiver = await bench.receiver({ tls })
  const outcome = await post(`https://127.0.0.1:${receiver.port}/`, options)
  expect(outcome).toMatchObject({ code: 'untrusted', permanent: false, reason })
  expect(receiver.received).toEqual([])
})

test('a name is checked against the certificate though an address is connected to', async () => {
  trust(ofAnother.cert)
  const receiver = await bench.receiver({ tls: ofAnother })
  const resolve = async () => ['127.0.0.1']
  const outcomeOf = (host: string) =>
    post(`https://${host}:${receiver.port}/`, { ...options, resolve })
  expect(await outcomeOf('other.test')).toBe(204)
  expect(await outcomeOf('third.test')).toMatchObject({ code: 'untrusted' })
})

test('who speaks no TLS is unreachable', async () => {
  const receiver = await bench.receiver()
  const outcome = await post(`https://127.0.0.1:${receiver.port}/`, options)
  expect(outcome).toMatchObject({ code: 'unreachable', permanent: false })
})

test('the environment can neither name a proxy nor switch the check of certificates off', async () => {
  const [proxy, receiver, secure] = [
    await bench.receiver(),
    await bench.receiver(),
    await bench.receiver({ tls: unknown }),
  ]
  const proxyUrl = `http://127.0.0.1:${proxy.port}`
  const program = `
    import http from 'node:http'
    import { createOutbound } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const outbound = createOutbound({ allowedNetworks: ['127.0.0.0/8'] })
    const post = (url) => outbound.post(url, { body: '', headers: {} })
    const said = await post('http://127.0.0.1:${receiver.port}/')
    const refused = await post('https://127.0.0.1:${secure.port}/').catch((error) => error.code)
    http.get('http://127.0.0.1:${receiver.port}/')
    console.log(said.status, refused)`
  const { child, output } = startNode(['--input-type=module', '--eval', program], {
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxyUrl,
    HTTPS_PROXY: proxyUrl,
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_NO_WARNINGS: '1',
  })
  await once(child, 'exit')
  expect(output()).toContain('204 untrusted')
  expect(receiver.received).toHaveLength(1)
  expect(secure.received).toEqual([])
  // Whoever asks the environment goes by the proxy.
  expect(proxy.received).toHaveLength(1)
})
