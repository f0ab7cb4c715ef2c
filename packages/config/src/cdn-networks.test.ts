import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { type Cdn, isCdn, isCdnNetwork, isProxy, networksOf } from './cdn-networks.ts'

const cdns: readonly Cdn[] = ['cloudflare', 'aws']

const isListed = (cdn: Cdn, address: string) =>
  networksOf(cdn).some((network) => {
    const [base, prefix] = ipaddr.parseCIDR(network)
    const parsed = ipaddr.parse(address)
    return base.kind() === parsed.kind() && parsed.match(base, prefix)
  })

describe.each(cdns)('the list of %s', (cdn) => {
  it('holds public networks alone, none of them wide, none of them twice', () => {
    const networks = networksOf(cdn)
    expect(networks.length).toBeGreaterThan(20)
    expect(new Set(networks).size).toBe(networks.length)
    expect(networks.filter((network) => !isCdnNetwork(network))).toEqual([])
    expect(networks.some((network) => network.includes(':'))).toBe(true)
  })

  it.each(['8.8.8.8', '203.0.113.9', '127.0.0.1', '10.0.0.1', '::1', '2001:4860:4860::8888'])(
    'does not hold %s',
    (address) => {
      expect(isListed(cdn, address)).toBe(false)
    },
  )
})

it('each CDN is found in its own list, and in no other', () => {
  expect([isListed('cloudflare', '162.158.1.1'), isListed('aws', '162.158.1.1')]).toEqual([
    true,
    false,
  ])
  expect([isListed('cloudflare', '130.176.1.1'), isListed('aws', '130.176.1.1')]).toEqual([
    false,
    true,
  ])
})

it.each([
  '0.0.0.0/0',
  '::/0',
  '0.0.0.0/1',
  '104.0.0.0/8',
  '104.16.0.0/11',
  '2400::/12',
  '2400::/27',
  '10.0.0.0/16',
  '127.0.0.0/16',
  '169.254.0.0/16',
  '192.168.0.0/24',
  'fd00::/32',
  '::ffff:104.16.0.0/109',
  '104.16.0.1',
  'cloudflare',
  '',
])('%s is in no list of a CDN', (network) => {
  expect(isCdnNetwork(network)).toBe(false)
})

it('a CDN goes by its name alone, as it is written', () => {
  expect(cdns.every((cdn) => isCdn(cdn) && isProxy(cdn))).toBe(true)
  for (const name of ['Cloudflare', 'fastly', 'toString', '__proto__', '']) {
    expect([isCdn(name), isProxy(name)], name).toEqual([false, false])
  }
  expect(isProxy('10.0.0.0/8')).toBe(true)
})
