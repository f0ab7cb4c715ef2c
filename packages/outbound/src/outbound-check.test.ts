import { describe, expect, test } from 'vitest'
import { createOutbound } from './outbound.ts'
import { OutboundError } from './outbound-error.ts'

const outbound = createOutbound({
  resolve: () => {
    throw new Error('Nobody is to be asked.')
  },
})
const toLoopback = createOutbound({ allowedNetworks: ['127.0.0.0/8', '::1/128'] })

function codeOf(url: string, by = outbound): string | null {
  try {
    by.check(url)
    return null
  } catch (error) {
    return error instanceof OutboundError ? error.code : String(error)
  }
}

describe('what can be seen to lead inwards', () => {
  const loopback = [
    ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '017700000001', '[::1]', 'localhost'],
    ...['localhost.', 'a.localhost', 'LOCALHOST', '127。0。0。1', '[::ffff:127.0.0.1]'],
  ]
  const inside = [
    ...['169.254.169.254', '2852039166', '10.0.0.1', '192.168.0.1', '172.16.0.1', '0.0.0.0'],
    ...['[fd00::1]', '[fe80::1]', '[64:ff9b::7f00:1]', 'intranet', 'db.'],
    ...['printer.local', 'metadata.google.internal', 'nas.home.arpa'],
  ]
  test.each([...loopback, ...inside])('%s', (host) => {
    expect(codeOf(`https://${host}/hook`)).toBe('refused_address')
    expect(codeOf(`http://${host}/hook`)).toBe('refused_address')
  })

  test.each(loopback)('%s may be this machine where that is allowed', (host) => {
    expect(codeOf(`http://${host}:3000/`, toLoopback)).toBeNull()
  })

  test.each(inside)('%s may not, then either', (host) => {
    expect(codeOf(`https://${host}/`, toLoopback)).toBe('refused_address')
  })
})

test.each([
  'http://receiver.test/',
  'https://receiver.test:22/',
  'https://user@receiver.test/',
  'ftp://receiver.test/',
  'http://192.31.196.1/',
])('%s is no URL to send to', (url) => {
  expect([codeOf(url), codeOf(url, toLoopback)]).toEqual(['refused_url', 'refused_url'])
})

test.each([
  'https://receiver.test/hook?a=b',
  'https://receiver.test:8443/',
  'https://192.31.196.1/',
  'https://[2606:4700::1111]/',
  'https://local.receiver.test/',
])('%s may be', (url) => {
  expect(codeOf(url)).toBeNull()
})
