import { expect, test } from 'vitest'
import { networkOf } from './network-of.ts'

test.each([
  ['192.0.2.77', '192.0.2.0/24'],
  ['::ffff:192.0.2.77', '192.0.2.0/24'],
  ['2001:db8:1:2:3::4', '2001:db8:1::/48'],
  ['2001:0DB8:0001:ffff::', '2001:db8:1::/48'],
  ['2001:db8:1:ff::/64', '2001:db8:1::/48'],
  ['unknown', null],
  ['', null],
])('%s is in %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
