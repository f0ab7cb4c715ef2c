import { expect, test } from 'vitest'
import { createNetworkTest } from './network-list.ts'

const isListed = createNetworkTest(['192.0.2.7', '198.51.100.0/24', '2001:db8:1::/48', '::1'])

test.each(['192.0.2.7', '198.51.100.255', '::ffff:198.51.100.1', '2001:db8:1:2::3', '::1'])(
  '%s is listed',
  (address) => expect(isListed(address)).toBe(true),
)

test.each([
  '192.0.2.8',
  '198.51.101.0',
  '::ffff:198.51.101.1',
  '2001:db8:2::1',
  '::2',
  '198.51.100.1:80',
  'unknown',
  '',
])('%j is not', (address) => expect(isListed(address)).toBe(false))

test('an empty list has nobody', () => expect(createNetworkTest([])('192.0.2.7')).toBe(false))
