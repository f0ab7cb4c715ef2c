import { expect, test } from 'vitest'
import { OutboundError } from './outbound-error.ts'

test.each(['ECONNREFUSED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'HPE_HEADER_OVERFLOW'])(
  'the code %s is kept',
  (reason) => {
    expect(new OutboundError('unreachable', { reason }).reason).toBe(reason)
  },
)

test.each([
  'getaddrinfo ENOTFOUND chat.internal',
  'connect ECONNREFUSED 10.0.0.1:443',
  'https://hooks.test/s3cr3t',
  'E',
  '',
  7,
  null,
  { code: 'ECONNREFUSED' },
])('%j is no code, and not kept: it could hold a name', (reason) => {
  const error = new OutboundError('unreachable', { reason })
  expect(error.reason).toBeUndefined()
  expect(error.message).toBe('The receiver could not be reached.')
})
