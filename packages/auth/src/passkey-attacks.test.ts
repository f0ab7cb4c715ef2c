import { type Authenticator, createAuthenticator, type Tampering } from '@repo/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  baseUrl,
  createPasskeyBench,
  honest,
  type PasskeyBench,
  type Person,
} from '../test/passkey-bench.ts'
import { generateToken } from './tokens.ts'

let bench: PasskeyBench
let alice: Person
let phone: Authenticator

beforeEach(async () => {
  bench = await createPasskeyBench()
  alice = await bench.person('alice')
  phone = honest()
  await bench.enroll(alice, phone)
})
afterEach(() => bench.people.close())

const base64url = (data: string | Uint8Array) => Buffer.from(data).toString('base64url')
const aChallenge = () => base64url(generateToken())
const refused = { code: 'invalid_passkey' }

const everywhere: readonly [string, Tampering][] = [
  ['from a look-alike host', { origin: 'https://app.example.com.evil.test' }],
  ['from a sibling host', { origin: 'https://www.example.com' }],
  ['over plain HTTP', { origin: 'http://app.example.com' }],
  ['from another port', { origin: 'https://app.example.com:8443' }],
  ['from the null origin', { origin: 'null' }],
  ['from a frame in another site', { crossOrigin: true }],
  ['for another site', { rpId: 'evil.test' }],
  ['for the parent domain', { rpId: 'example.com' }],
  ['without a present user', { userPresent: false }],
  ['without user verification', { userVerified: false }],
  ['to a challenge of nobody', { challenge: aChallenge() }],
  ['to a challenge that is none of ours', { challenge: base64url('short') }],
  ['to no challenge', { challenge: '' }],
]

const atLogIn: readonly [string, Tampering][] = [
  ...everywhere,
  ['with a wrong signature', { wrongSignature: true }],
  ['made at registration', { type: 'webauthn.create' }],
  ['with the user handle of another', { userHandle: base64url(Buffer.alloc(16, 7)) }],
  ['with an empty user handle', { userHandle: '' }],
  ['without a user handle', { userHandle: null }],
]

const atRegistration: readonly [string, Tampering][] = [
  ...everywhere,
  ['made at log-in', { type: 'webauthn.get' }],
  ['with an id of 15 bytes', { credentialId: Buffer.alloc(15) }],
  ['with an id of 1024 bytes', { credentialId: Buffer.alloc(1_024) }],
  ['with an algorithm not asked for (ES512)', { algorithm: -36 }],
  ['with an algorithm not asked for (RS1)', { algorithm: -65_535 }],
  ...['apple', 'android-key', 'android-safetynet', 'fido-u2f', 'tpm', 'packed', 'more'].map(
    (format): [string, Tampering] => [`with an attestation (${format})`, { format }],
  ),
]

test('an answer is refused for what is tampered with, and taken otherwise', async () => {
  expect(await bench.logIn(phone, {})).toBe(alice.userId)
  const taken = { origin: baseUrl, rpId: 'app.example.com', credentialId: Buffer.alloc(1_023) }
  expect(await bench.enroll(alice, honest(), taken)).toMatchObject({ name: 'Phone' })
})

test.each(atLogIn)(
  'a log-in %s is refused, and the honest one after it is taken',
  async (_, tampering) => {
    expect(await bench.logIn(phone, tampering)).toBeNull()
    expect(await bench.logIn(phone)).toBe(alice.userId)
  },
)

test.each(atRegistration)('a registration %s is refused', async (_, tampering) => {
  await expect(bench.enroll(alice, honest(), tampering)).rejects.toMatchObject(refused)
  expect(await bench.passkeys.list(alice.userId)).toHaveLength(1)
})

test('a passkey that another site holds is refused, and the site in its own place takes it', async () => {
  const elsewhere = createAuthenticator({ origin: 'https://evil.test' })
  await expect(bench.enroll(alice, elsewhere)).rejects.toMatchObject(refused)
  await bench.enroll(alice, honest())
})

test('the id beside the attestation must be the one within', async () => {
  const response = honest().create(await bench.passkeys.startRegistration(alice))
  const other = base64url(Buffer.alloc(32))
  const renamed = { ...response, id: other, rawId: other }
  const register = (answer: typeof response) =>
    bench.passkeys.register(alice, { name: 'Key', response: answer })
  await expect(register(renamed)).rejects.toMatchObject(refused)
  expect(await register(response)).toMatchObject({ name: 'Key' })
})

test('transports that nobody knows are not kept', async () => {
  const response = honest().create(await bench.passkeys.startRegistration(alice))
  response.response.transports = ['usb', 'warp-drive\0', 'x'.repeat(10_000), 'nfc']
  const { id } = await bench.passkeys.register(alice, { name: 'Key', response })
  const kept = await bench.people.sql.run('SELECT transports FROM passkeys WHERE id = $1', [id])
  expect(kept).toEqual([{ transports: ['nfc', 'usb'] }])
})

const nested = (depth: number) => Buffer.concat([Buffer.alloc(depth, 0x81), Buffer.from([0])])
const hostileTexts: readonly [string, string][] = [
  ['nothing', ''],
  ['no base64url', '%%%%'],
  ['NUL', '\0'],
  ['a lone surrogate', '\ud800'],
  ['random bytes', base64url(Buffer.alloc(64, 0x5a))],
  ['a megabyte', 'A'.repeat(1_000_000)],
  ['JSON null', base64url('null')],
  ['JSON without fields', base64url('{}')],
  ['JSON with other kinds', base64url('{"type":{},"challenge":1,"origin":[]}')],
  ['a prototype', base64url('{"__proto__":{"challenge":"x"}}')],
  ['JSON 100 000 deep', base64url('['.repeat(100_000))],
  ['CBOR cut off', base64url(Buffer.from('a363666d74', 'hex'))],
  ['CBOR 100 000 deep', base64url(nested(100_000))],
  ['a CBOR array of 2³² items', base64url(Buffer.from('9affffffff', 'hex'))],
  ['a CBOR text of 2⁶⁴ bytes', base64url(Buffer.from('7bffffffffffffffff', 'hex'))],
  ['CBOR that is no map', base64url(Buffer.from('01', 'hex'))],
]

describe('hostile content', () => {
  const ofLogIn = ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'] as const
  const ofRegistration = ['clientDataJSON', 'attestationObject'] as const

  test.each(hostileTexts)('anywhere in a log-in is refused quietly: %s', async (_, text) => {
    const answer = phone.get(await bench.passkeys.startLogIn())
    for (const field of ofLogIn) {
      const response = { ...answer.response, [field]: text }
      expect(await bench.passkeys.logIn({ ...answer, response }), field).toBeNull()
    }
    expect(await bench.passkeys.logIn({ ...answer, id: text, rawId: text })).toBeNull()
    expect(await bench.passkeys.logIn(answer)).toBe(alice.userId)
  })

  test.each(hostileTexts)(
    'anywhere in a registration is an invalid passkey: %s',
    async (_, text) => {
      const answer = honest().create(await bench.passkeys.startRegistration(alice))
      const register = (response: typeof answer) =>
        bench.passkeys.register(alice, { name: 'Key', response })
      for (const field of ofRegistration) {
        const response = { ...answer.response, [field]: text }
        await expect(register({ ...answer, response }), field).rejects.toMatchObject(refused)
      }
      await expect(register({ ...answer, id: text, rawId: text })).rejects.toMatchObject(refused)
      await expect(register(answer)).resolves.toMatchObject({ name: 'Key' })
    },
  )

  test('that is cut off anywhere is an invalid passkey', async () => {
    const answer = honest().create(await bench.passkeys.startRegistration(alice))
    const attestation = Buffer.from(answer.response.attestationObject, 'base64url')
    for (let length = attestation.length - 1; length > 0; length -= 5) {
      const attestationObject = base64url(attestation.subarray(0, length))
      const response = { ...answer, response: { ...answer.response, attestationObject } }
      const cut = bench.passkeys.register(alice, { name: 'Key', response })
      await expect(cut, `${length} bytes`).rejects.toMatchObject(refused)
    }
    await bench.passkeys.register(alice, { name: 'Key', response: answer })
  })
})
