import { randomBytes } from 'node:crypto'
import { createEncryption } from '@repo/encryption'
import { readWebhookSecret } from '@repo/outbound'
import { expect, test } from 'vitest'
import { generateEndpointSecret, openSecret, sealSecret } from './endpoint-secret.ts'

const encryption = createEncryption([{ id: 'test', key: randomBytes(32) }])

test('a secret is new each time, and one that signs', () => {
  const [one, other] = [generateEndpointSecret(), generateEndpointSecret()]
  expect(one).not.toBe(other)
  expect(readWebhookSecret(one)).toHaveLength(32)
})

test('sealed, it is no text of its own, and opens for its own endpoint alone', () => {
  const secret = generateEndpointSecret()
  const sealed = sealSecret(encryption, 'a', secret)
  expect(sealed).not.toContain(secret.slice(6))
  expect(openSecret(encryption, 'a', sealed)).toBe(secret)
  expect(() => openSecret(encryption, 'b', sealed)).toThrow()
})
