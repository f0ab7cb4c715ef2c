import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { exchangeRequest } from '../support/exchange.ts'
import { outcomeOf } from '../support/organizations.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

// The peer of these tests stands for a load balancer between CDN and API.
const balancer = '127.0.0.1'
const secret = randomBytes(32).toString('hex')
const environment = { TRUSTED_PROXIES: `${balancer}/32,cloudflare,aws`, ORIGIN_SECRETS: secret }

const [cloudflare, cloudflare6] = ['162.158.1.1', '2400:cb00::1']
const [cloudfront, cloudfront6] = ['130.176.1.1', '2600:9000:1000::1']
// Out of Cloudflare's own networks come its customers' programs (Workers), too.
const [inside, worker] = ['172.68.1.2', '2a06:98c0:3600::103']
const client = '192.0.2.1'

let api: TestApi

useWorld(
  (made) => {
    api = made.api
  },
  { environment },
)

/** The address that the API takes the caller's to be. */
async function addressSeen(headers: readonly string[]): Promise<unknown> {
  const sent = [`X-Origin-Secret: ${secret}`, ...headers]
  const answer = await exchangeRequest(api.url, 'GET /nowhere', sent)
  expect(answer.status).toBe(404)
  const line = () =>
    api.log().findLast(({ requestId }) => requestId === answer.headers['x-request-id'])
  await expect.poll(line).toBeDefined()
  return line()?.['address']
}

const forwarded = (...values: readonly string[]) =>
  values.map((value) => `X-Forwarded-For: ${value}`)

describe('the client is whom the CDN names', () => {
  it.each([
    ['through Cloudflare', [`${client}, ${cloudflare}`], client],
    ['through CloudFront', [`${client}, ${cloudfront}`], client],
    ['over IPv6', [`2001:db8::1, ${cloudflare6}`], '2001:db8::1'],
    ['over IPv6 of CloudFront', [`2001:db8::1, ${cloudfront6}`], '2001:db8::1'],
    ['a CDN that is mapped', [`${client}, ::ffff:${cloudflare}`], client],
    ['a client that is mapped', [`::ffff:${client}, ${cloudflare}`], client],
    ['a client with its port', [`${client}:4711, ${cloudfront}`], client],
    ['a client in brackets, with its port', [`[2001:db8::1]:4711, ${cloudfront}`], '2001:db8::1'],
    ['each in a header of its own', [client, cloudflare], client],
    ['and not what it forged', [`6.6.6.6, ${client}, ${cloudflare}`], client],
    ['and not what it forged in a header of its own', ['6.6.6.6', client, cloudflare], client],
    ['and not a proxy that it forged', [`6.6.6.6, ${balancer}, ${client}, ${cloudflare}`], client],
    ['and not a CDN that it forged', [`6.6.6.6, ${cloudflare}, ${client}, ${cloudflare}`], client],
    [
      'also one out of the networks of the CDN, who forged another',
      [`6.6.6.6, ${inside}, ${cloudflare}`],
      inside,
    ],
    ['also a program of a customer', [`6.6.6.6, ${worker}, ${cloudflare}`], worker],
    ['also a distribution before ours', [`6.6.6.6, ${cloudfront}, 130.176.2.2`], cloudfront],
    ['also a CDN before ours', [`6.6.6.6, ${cloudfront}, ${cloudflare}`], cloudfront],
    ['none where it names none', [cloudflare], cloudflare],
    ['none where it names no address', [`unknown, ${cloudflare}`], balancer],
    ['none where nobody named a CDN', [`6.6.6.6, ${client}`], client],
    ['none where a port hides the CDN', [`6.6.6.6, ${cloudflare}:443`], cloudflare],
  ])('%s', async (_name, values, seen) => {
    expect(await addressSeen(forwarded(...values))).toBe(seen)
  })

  it.each([
    'CF-Connecting-IP: 6.6.6.6',
    'CF-Connecting-IPv6: 2001:db8::6',
    'CF-Pseudo-IPv4: 6.6.6.6',
    'True-Client-IP: 6.6.6.6',
    'CloudFront-Viewer-Address: 6.6.6.6:4711',
    'X-Real-IP: 6.6.6.6',
    'X-Client-IP: 6.6.6.6',
    'X-Cluster-Client-IP: 6.6.6.6',
    'Fastly-Client-IP: 6.6.6.6',
    'Forwarded: for=6.6.6.6',
    'X-Forwarded: for=6.6.6.6',
    'Forwarded-For: 6.6.6.6',
    'Via: 1.1 6.6.6.6',
  ])('and no other header: %s counts for nothing', async (header) => {
    expect(await addressSeen([...forwarded(`${client}, ${cloudflare}`), header])).toBe(client)
    expect(await addressSeen([header])).toBe(balancer)
  })
})

describe('through the CDN', () => {
  it('another host is another host, by whichever header', async () => {
    const ask = (headers: readonly string[]) =>
      exchangeRequest(api.url, 'GET /nowhere', [`X-Origin-Secret: ${secret}`, ...headers])
    for (const header of ['Host: evil.test', 'X-Forwarded-Host: evil.test']) {
      expect((await ask([header])).status).toBe(421)
    }
    for (const header of ['Forwarded: host=evil.test', 'X-Original-Host: evil.test']) {
      expect((await ask([header])).status).toBe(404)
    }
  })

  it('who guesses out of the networks of the CDN is blocked as everybody is, and nobody else', async () => {
    const logIn = (address: string) =>
      request(`${api.url}/api/auth/login`, {
        method: 'POST',
        address: `${address}, ${cloudflare}`,
        headers: { 'x-origin-secret': secret },
        body: { email: `${crypto.randomUUID()}@unknown.test`, password: 'a guess' },
      })
    for (let time = 0; time < 10; time += 1) {
      expect(outcomeOf(await logIn(worker))).toEqual([401, 'invalid_credentials'])
    }
    expect(outcomeOf(await logIn(worker))).toEqual([429, 'address_blocked'])
    expect(outcomeOf(await logIn(client))).toEqual([401, 'invalid_credentials'])
  })
})
