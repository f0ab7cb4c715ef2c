import { expect, test } from 'vitest'
import { createAddressGuard } from './address-guard.ts'

const guard = createAddressGuard([])

const inside = [
  ['10.0.0.0', '10.255.255.255', 'private'],
  ['100.64.0.1', '100.127.255.255', 'carrier-grade NAT'],
  ['127.0.0.1', '127.255.255.255', 'loopback'],
  ['172.16.0.0', '172.31.255.255', 'private'],
  ['192.0.0.0', '192.0.0.255', 'protocols'],
  ['192.0.2.0', '192.0.2.255', 'documentation'],
  ['192.88.99.0', '192.88.99.255', 'relays of 6to4'],
  ['192.168.0.0', '192.168.255.255', 'private'],
  ['198.18.0.0', '198.19.255.255', 'benchmarks'],
  ['198.51.100.0', '198.51.100.255', 'documentation'],
  ['203.0.113.0', '203.0.113.255', 'documentation'],
  ['240.0.0.0', '255.255.255.254', 'reserved'],
  ['::1', '::1', 'loopback'],
  ['fc00::', 'fdff:ffff::1', 'unique local'],
  ['fec0::1', 'feff::1', 'site-local'],
  ['::ffff:127.0.0.1', '::ffff:10.0.0.1', 'mapped'],
  ['::ffff:8.8.8.8', '::ffff:808:808', 'mapped, a public one too'],
  ['::7f00:1', '::127.0.0.1', 'compatible'],
  ['64:ff9b::7f00:1', '64:ff9b::169.254.169.254', 'NAT64'],
  ['64:ff9b:1::7f00:1', '64:ff9b:1:ffff::1', 'NAT64 of a site'],
  ['2002:7f00:1::', '2002:a9fe:a9fe::1', '6to4'],
  ['2001::1', '2001:0:7f00:1::', 'Teredo'],
  ['2001:2::1', '2001:1ff:ffff::1', 'protocols'],
  ['2001:db8::', '2001:db8:ffff::1', 'documentation'],
  ['3fff::', '3fff:fff::1', 'documentation'],
  ['4000::1', '5f00::1', 'not given out'],
  ['100::1', '100::ffff', 'discarded'],
] as const

const never = [
  ['0.0.0.0', '0.255.255.255', 'this host'],
  ['169.254.169.254', '169.254.0.0', 'link-local, with the metadata of clouds'],
  ['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', 'the same, mapped'],
  ['224.0.0.1', '239.255.255.255', 'multicast'],
  ['255.255.255.255', '::ffff:255.255.255.255', 'broadcast'],
  ['100.100.100.200', '168.63.129.16', "clouds' hosts"],
  ['::', '::ffff:0.0.0.0', 'this host'],
  ['fe80::1', 'febf::1', 'link-local'],
  ['ff02::1', 'ff0e::1', 'multicast'],
  ['fd00:ec2::254', 'fd20:ce::254', 'metadata of clouds'],
] as const

const outside = [
  ...['1.0.0.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ...['128.0.0.1', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.1'],
  ...['192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255'],
  ...['2000::1', '2001:200::1', '2001:4860:4860::8888', '2606:4700::1111', '2a00::1', '3ffe::1'],
]

test.each([...inside, ...never])('%s and %s are refused: %s', (from, to) => {
  expect([guard(from), guard(to)]).toEqual(['refused', 'refused'])
})

test.each(outside)('%s is public', (address) => {
  expect(guard(address)).toBe('public')
})

test.each(inside)('%s and %s may be allowed: %s', (from, to) => {
  const allowing = createAddressGuard([from, to])
  expect([allowing(from), allowing(to)]).toEqual(['allowed', 'allowed'])
  expect(allowing('10.11.12.13')).toBe('refused')
})

test.each(never)('%s and %s are refused whatever is allowed: %s', (from, to) => {
  const allowing = createAddressGuard([from, to, '0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1'])
  expect([allowing(from), allowing(to)]).toEqual(['refused', 'refused'])
  expect([allowing('10.0.0.1'), allowing('fd12::1')]).toEqual(['allowed', 'allowed'])
})

test('a network lets in what it holds, and no more', () => {
  const allowing = createAddressGuard(['10.1.0.0/16', 'fd12:3456::/32', '192.168.7.7'])
  const standings = (...addresses: readonly string[]) => addresses.map(allowing)
  expect(standings('10.1.0.0', '10.1.255.255', 'fd12:3456::1', '192.168.7.7')).toEqual(
    Array(4).fill('allowed'),
  )
  expect(standings('10.0.255.255', '10.2.0.0', 'fd12:3457::', '192.168.7.8')).toEqual(
    Array(4).fill('refused'),
  )
  expect(standings('::ffff:10.1.0.1', '::ffff:10.2.0.1')).toEqual(['allowed', 'refused'])
})

test.each([
  ...['', ' ', 'localhost', '127.1', '0177.0.0.1', '0x7f.0.0.1', '2130706433', '8.8.8.8 '],
  ...['fe80::1%eth0', '2606:4700::1111%lo', '[::1]', '8.8.8.8/32', '8.8.8.8:443'],
])('%j is no address, and refused', (text) => {
  expect(guard(text)).toBe('refused')
})

test.each([
  ['0.0.0.0/0', 'everybody'],
  ['::/0', 'everybody'],
  ['10.0.0.0/', 'everybody'],
  ['intranet', 'neither'],
  ['', 'neither'],
  ['10.0.0.0/33', 'out of range'],
  ['::/129', 'out of range'],
  ['10.0.0.0/x', 'out of range'],
])('%j cannot be allowed', (network, why) => {
  expect(() => createAddressGuard([network])).toThrow(why)
  expect(() => createAddressGuard(['10.0.0.0/8'])).not.toThrow()
})
