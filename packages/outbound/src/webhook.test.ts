import { createHmac, randomBytes } from 'node:crypto'
import { assert, constantFrom, property, string, uint8Array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { signWebhook } from './sign-webhook.ts'
import { verifyWebhook } from './verify-webhook.ts'
import { readWebhookSecret } from './webhook-secret.ts'
import { hashParts } from './webhook-signature.ts'

const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString('base64')}`
const secret = secretOf(randomBytes(32))
const other = secretOf(randomBytes(32))
const time = new Date('2030-01-02T03:04:05.678Z')
const seconds = 1_893_553_445
const event = { id: 'alert_1-a', time, body: '{"type":"alert.raised"}', secrets: [secret] }

/** What a receiver makes of it at that time, by default with the same secret. */
function received(changes: Partial<Parameters<typeof verifyWebhook>[0]> = {}) {
  const headers = signWebhook(event)
  return verifyWebhook({ headers, body: event.body, secrets: [secret], now: time, ...changes })
}

test('a signature is the one that Standard Webhooks documents', () => {
  // The example of the specification's own libraries; its key is shorter than ours may be.
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
  const parts = { id, timestamp: 1_614_265_330, body: '{"test": 2432232314}' }
  const signature = hashParts(key, parts).toString('base64')
  expect(signature).toBe('g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('headers hold the id, the seconds and the signature of id.seconds.body', () => {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const text = `alert_1-a.${seconds}.${event.body}`
  expect(signWebhook(event)).toEqual({
    'webhook-id': 'alert_1-a',
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${createHmac('sha256', key).update(text).digest('base64')}`,
  })
})

test('two secrets make two signatures, and either end may hold one of them', () => {
  const headers = signWebhook({ ...event, secrets: [other, secret] })
  expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/)
  expect(received({ headers })).toBe(event.id)
  expect(received({ headers, secrets: [other] })).toBe(event.id)
  expect(received({ secrets: [other, secret] })).toBe(event.id)
  expect(received({ secrets: [other] })).toBeNull()
})

describe('time', () => {
  const at = (offset: number) => received({ now: new Date((seconds + offset) * 1_000) })

  test.each([-300, -1, 0, 1, 299, 300])('%d s away is taken', (offset) => {
    expect(at(offset)).toBe(event.id)
  })

  test.each([-86_400, -301, 301, 86_400])('%d s away is not', (offset) => {
    expect(at(offset)).toBeNull()
  })
})

describe('what was not signed', () => {
  const headers = signWebhook(event)
  const signature = headers['webhook-signature']
  const changed = (name: string, value: string | string[] | undefined) => ({
    headers: { ...headers, [name]: value },
  })

  test.each([
    ['another body', { body: `${event.body} ` }],
    ['no body', { body: '' }],
    ['another id', changed('webhook-id', 'alert_2')],
    ['no id', changed('webhook-id', undefined)],
    ['an id of two parts', changed('webhook-id', `alert_1-a.${seconds}`)],
    ['a time a second later', changed('webhook-timestamp', String(seconds + 1))],
    ['no time', changed('webhook-timestamp', undefined)],
    ['a time in another notation', changed('webhook-timestamp', `0${seconds}`)],
    ['a time with a sign', changed('webhook-timestamp', `+${seconds}`)],
    ['a time with a fraction', changed('webhook-timestamp', `${seconds}.0`)],
    ['a time that is none', changed('webhook-timestamp', 'NaN')],
    ['no signature', changed('webhook-signature', undefined)],
    ['an empty signature', changed('webhook-signature', '')],
    ['the same twice', changed('webhook-signature', [signature, signature])],
    ['another version', changed('webhook-signature', signature.replace('v1', 'v2'))],
    ['the version of public keys', changed('webhook-signature', signature.replace('v1', 'v1a'))],
    ['no version', changed('webhook-signature', signature.slice(3))],
    ['half a signature', changed('webhook-signature', signature.slice(0, 25))],
    ['more than a signature', changed('webhook-signature', `${signature}AAAA`)],
    ['base64url', changed('webhook-signature', `v1,${'_'.repeat(43)}=`)],
    [
      'the right one behind a flood',
      changed('webhook-signature', `${'x '.repeat(16)}${signature}`),
    ],
  ])('%s: refused', (_, changes) => {
    expect(received(changes)).toBeNull()
    expect(received()).toBe(event.id)
  })

  test('the right one among others is taken', () => {
    const others = `v1a,abc= v1,${'A'.repeat(43)}= v2,x ${signature}`
    expect(received(changed('webhook-signature', others))).toBe(event.id)
  })

  test('no byte of a signature can be changed', () => {
    const bytes = Buffer.from(signature.slice(3), 'base64')
    for (let index = 0; index < bytes.length; index += 1) {
      const forged = Buffer.from(bytes)
      forged[index] = (forged[index] ?? 0) ^ 1
      const header = `v1,${forged.toString('base64')}`
      expect(received(changed('webhook-signature', header))).toBeNull()
    }
  })
})

test('what was signed verifies, whatever the text; with another secret it does not', () => {
  const keys = uint8Array({ minLength: 32, maxLength: 64 })
  const ids = constantFrom('1', 'a_b', '9'.repeat(128))
  assert(
    property(string({ unit: 'grapheme' }), keys, ids, (body, key, id) => {
      const headers = signWebhook({ id, time, body, secrets: [secretOf(key)] })
      const message = { headers, body, now: time }
      expect(verifyWebhook({ ...message, secrets: [secretOf(key)] })).toBe(id)
      expect(verifyWebhook({ ...message, secrets: [secret] })).toBeNull()
    }),
  )
})

test.each(['', 'a.b', 'a b', 'a\n', 'ä', 'x'.repeat(129)])('%j is no id to sign', (id) => {
  expect(() => signWebhook({ ...event, id })).toThrow('An id of a webhook')
})

describe('secrets', () => {
  const bytes = randomBytes(32)

  test('32 bytes and more, with the prefix or without', () => {
    expect(readWebhookSecret(secretOf(bytes))).toEqual(bytes)
    expect(readWebhookSecret(bytes.toString('base64'))).toEqual(bytes)
    expect(readWebhookSecret(secretOf(randomBytes(64)))).toHaveLength(64)
  })

  test.each([
    ['none', ''],
    ['a prefix alone', 'whsec_'],
    ['31 bytes', secretOf(randomBytes(31))],
    ['no padding', secret.slice(0, -1)],
    ['what base64 skips', `${secret.slice(0, 9)}!${secret.slice(9)}`],
    ['base64url', `whsec_${'-'.repeat(43)}=`],
    ['hexadecimal of 31 bytes and a sign', `${randomBytes(31).toString('hex')}-`],
  ])('%s: refused', (_, text) => {
    expect(readWebhookSecret(text)).toBeNull()
    for (const secrets of [[text], [secret, text], []]) {
      expect(() => signWebhook({ ...event, secrets })).toThrow('A secret of webhooks')
      expect(() => received({ secrets })).toThrow('A secret of webhooks')
    }
  })
})
