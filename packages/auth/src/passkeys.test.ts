import { openDatabase } from '@repo/database'
import { createAuthenticator, findFreePort } from '@repo/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  baseUrl,
  createPasskeyBench,
  honest,
  type PasskeyBench,
  type Person,
} from '../test/passkey-bench.ts'
import { createPasskeys, maxPasskeys, type Passkeys } from './passkeys.ts'
import { hashToken } from './tokens.ts'

let bench: PasskeyBench
let passkeys: Passkeys
let alice: Person

beforeEach(async () => {
  bench = await createPasskeyBench()
  passkeys = bench.passkeys
  alice = await bench.person('alice')
})
afterEach(() => bench.people.close())

const logInOptions = () => passkeys.startLogIn()
const succeeded = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.filter(({ status }) => status === 'fulfilled')

describe('a passkey', () => {
  test('is registered, logs its user in, and shows when it did', async () => {
    const phone = honest()
    const entry = await bench.enroll(alice, phone)
    const { id } = entry
    const expected = { id, name: 'Phone', backedUp: true, createdAt: bench.now(), lastUsedAt: null }
    expect(entry).toEqual(expected)
    expect(await passkeys.list(alice.userId)).toEqual([expected])
    bench.pass(60)
    expect(await bench.logIn(phone)).toBe(alice.userId)
    expect(await passkeys.list(alice.userId)).toEqual([{ ...expected, lastUsedAt: bench.now() }])
  })

  test('logs in its own user among others', async () => {
    const [phone, key] = [honest(), honest()]
    const bob = await bench.person('bob')
    await bench.enroll(alice, phone)
    await bench.enroll(bob, key)
    expect(await bench.logIn(key)).toBe(bob.userId)
    expect(await bench.logIn(phone)).toBe(alice.userId)
  })

  test.each(['EdDSA', 'ES256', 'RS256'] as const)('may sign with %s', async (algorithm) => {
    const key = createAuthenticator({ origin: baseUrl, algorithm })
    await bench.enroll(alice, key)
    expect(await bench.logIn(key, { wrongSignature: true })).toBeNull()
    expect(await bench.logIn(key)).toBe(alice.userId)
  })

  test('that was never registered logs nobody in', async () => {
    const stranger = honest()
    stranger.create(await passkeys.startRegistration(alice))
    expect(await bench.logIn(stranger)).toBeNull()
  })

  test('is known once: the same credential is refused to its user and to others', async () => {
    const credentialId = Buffer.alloc(32, 1)
    await bench.enroll(alice, honest(), { credentialId })
    for (const person of [alice, await bench.person('bob')])
      await expect(bench.enroll(person, honest(), { credentialId })).rejects.toMatchObject({
        code: 'conflict',
      })
    expect(await passkeys.list(alice.userId)).toHaveLength(1)
    await bench.enroll(alice, honest(), { credentialId: Buffer.alloc(32, 2) })
    expect(await passkeys.list(alice.userId)).toHaveLength(2)
  })

  test('is deleted by its user alone, and logs nobody in from then on', async () => {
    const phone = honest()
    const { id } = await bench.enroll(alice, phone)
    const bob = await bench.person('bob')
    expect(await passkeys.delete(bob.userId, id)).toBe(false)
    expect(await bench.logIn(phone)).toBe(alice.userId)
    expect(await passkeys.delete(alice.userId, id)).toBe(true)
    expect(await bench.logIn(phone)).toBeNull()
    expect(await passkeys.delete(alice.userId, id)).toBe(false)
  })

  test.each([
    ['disabled', 'disabled_at = now()', 'disabled_at = NULL'],
    ['unverified', 'email_verified_at = NULL', 'email_verified_at = now()'],
  ])('of a user who is %s logs nobody in', async (_, change, back) => {
    const phone = honest()
    await bench.enroll(alice, phone)
    await bench.people.sql.run(`UPDATE users SET ${change}`)
    expect(await bench.logIn(phone)).toBeNull()
    await bench.people.sql.run(`UPDATE users SET ${back}`)
    expect(await bench.logIn(phone)).toBe(alice.userId)
  })

  test('says at each log-in whether it is backed up', async () => {
    const phone = honest()
    await bench.enroll(alice, phone, { backedUp: false })
    expect(await passkeys.list(alice.userId)).toMatchObject([{ backedUp: false }])
    await bench.logIn(phone, { backedUp: true })
    expect(await passkeys.list(alice.userId)).toMatchObject([{ backedUp: true }])
  })

  test(`is one of ${maxPasskeys} at most`, async () => {
    const fill = `INSERT INTO passkeys (user_id, credential_id, public_key, transports, backed_up, name)
                  SELECT $1, 'filler' || n, '', '{}', false, 'Filler' FROM generate_series(1, $2) n`
    await bench.people.sql.run(fill, [alice.userId, maxPasskeys - 1])
    await bench.enroll(alice, honest())
    await expect(bench.enroll(alice, honest())).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('what browsers are asked', () => {
  test('a new passkey is discoverable, verifies its user and attests nothing', async () => {
    const options = await passkeys.startRegistration(alice)
    expect(options).toMatchObject({
      rp: { id: 'app.example.com', name: 'Rampart' },
      user: { name: alice.email, displayName: alice.name },
      timeout: 300_000,
      attestation: 'none',
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    expect(options.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-8, -7, -257])
    const handle = Buffer.from(options.user.id, 'base64url')
    expect(handle.toString('hex')).toBe(alice.userId.replaceAll('-', ''))
  })

  test('an authenticator is told which keys its user has', async () => {
    const phone = honest()
    await bench.enroll(alice, phone)
    await expect(bench.enroll(alice, phone)).rejects.toThrow('InvalidStateError')
    const { excludeCredentials } = await passkeys.startRegistration(alice)
    expect(excludeCredentials).toMatchObject([{ transports: ['hybrid', 'internal'] }])
    await bench.enroll(alice, honest())
  })

  test('a log-in names nobody, and verifies its user', async () => {
    const options = await logInOptions()
    expect(options).toMatchObject({ rpId: 'app.example.com', userVerification: 'required' })
    expect(options.allowCredentials).toBeUndefined()
  })

  test('each challenge is new, and only its hash is stored', async () => {
    const challenges = [await logInOptions(), await passkeys.startRegistration(alice)].map(
      ({ challenge }) => Buffer.from(challenge, 'base64url').toString(),
    )
    const rows = await bench.people.sql.run('SELECT * FROM one_time_tokens ORDER BY purpose')
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(challenges.map(hashToken)))
    expect(new Set(challenges).size).toBe(2)
    for (const challenge of challenges) expect(JSON.stringify(rows)).not.toContain(challenge)
  })
})

describe('a challenge', () => {
  test('logs in once, however often its answer comes again', async () => {
    const phone = honest(false)
    await bench.enroll(alice, phone)
    const answer = phone.get(await logInOptions())
    expect(await passkeys.logIn(answer)).toBe(alice.userId)
    expect(await passkeys.logIn(answer)).toBeNull()
  })

  test.each([true, false])(
    'logs in once when its answer comes 20 times at once (a counting authenticator: %s)',
    async (counts) => {
      const phone = honest(counts)
      await bench.enroll(alice, phone)
      const answer = phone.get(await logInOptions())
      const results = await Promise.all(Array.from({ length: 20 }, () => passkeys.logIn(answer)))
      expect(results.filter((userId) => userId !== null)).toEqual([alice.userId])
    },
  )

  test('registers once when its answer comes 20 times at once', async () => {
    const response = honest().create(await passkeys.startRegistration(alice))
    const register = () => passkeys.register(alice, { name: 'Phone', response })
    const results = await Promise.allSettled(Array.from({ length: 20 }, register))
    expect(succeeded(results)).toHaveLength(1)
    const reasons = results.flatMap((result) => ('reason' in result ? [result.reason] : []))
    expect(reasons.every(({ code }) => code === 'invalid_passkey')).toBe(true)
    expect(await passkeys.list(alice.userId)).toHaveLength(1)
  })

  test('is good for 5 minutes, to log in', async () => {
    const phone = honest()
    await bench.enroll(alice, phone)
    const [early, late] = [await logInOptions(), await logInOptions()]
    bench.pass(299)
    expect(await passkeys.logIn(phone.get(early))).toBe(alice.userId)
    bench.pass(1)
    expect(await passkeys.logIn(phone.get(late))).toBeNull()
  })

  test('is good for 5 minutes, to register', async () => {
    const [early, late] = [
      await passkeys.startRegistration(alice),
      await passkeys.startRegistration(alice),
    ]
    bench.pass(299)
    await passkeys.register(alice, { name: 'In time', response: honest().create(early) })
    bench.pass(1)
    const tooLate = passkeys.register(alice, { name: 'Late', response: honest().create(late) })
    await expect(tooLate).rejects.toMatchObject({ code: 'invalid_passkey' })
  })

  test('to register is good for its own user alone', async () => {
    const bob = await bench.person('bob')
    const ofBob = {
      name: 'Phone',
      response: honest().create(await passkeys.startRegistration(bob)),
    }
    await expect(passkeys.register(alice, ofBob)).rejects.toMatchObject({ code: 'invalid_passkey' })
    expect(await passkeys.list(alice.userId)).toEqual([])
    await bench.enroll(bob, honest())
    expect(await passkeys.list(bob.userId)).toHaveLength(1)
  })

  test('is good for its own purpose alone', async () => {
    const phone = honest()
    await bench.enroll(alice, phone)
    const toRegister = await passkeys.startRegistration(alice)
    const toLogIn = await logInOptions()
    expect(await passkeys.logIn(phone.get({ challenge: toRegister.challenge }))).toBeNull()
    const response = honest().create({ ...toRegister, challenge: toLogIn.challenge })
    const crossed = passkeys.register(alice, { name: 'Crossed', response })
    await expect(crossed).rejects.toMatchObject({ code: 'invalid_passkey' })
    expect(await passkeys.logIn(phone.get(toLogIn))).toBe(alice.userId)
    await passkeys.register(alice, { name: 'Key', response: honest().create(toRegister) })
  })

  test('is not used up by an answer that proves nothing', async () => {
    const phone = honest()
    await bench.enroll(alice, phone)
    const options = await logInOptions()
    expect(await passkeys.logIn(phone.get(options, { wrongSignature: true }))).toBeNull()
    expect(await passkeys.logIn(phone.get(options))).toBe(alice.userId)
  })
})

describe('the signature counter', () => {
  const logInsOf = [
    ['grows', [5, 6, 4_294_967_295], [true, true, true]],
    ['stands still', [5, 5, 6], [true, false, true]],
    ['goes back', [5, 4, 6], [true, false, true]],
    ['goes back to none', [5, 0, 6], [true, false, true]],
    ['never counts', [0, 0, 0], [true, true, true]],
    ['begins late', [0, 1, 0], [true, true, false]],
  ] as const
  test.each(logInsOf)('that %s (%j) is taken so: %j', async (_, counters, taken) => {
    const phone = honest()
    await bench.enroll(alice, phone, { counter: 0 })
    const results: boolean[] = []
    for (const counter of counters)
      results.push((await bench.logIn(phone, { counter })) === alice.userId)
    expect(results).toEqual(taken)
  })
})

test('a database that is gone is unavailable, not a wrong passkey', async () => {
  const phone = honest()
  await bench.enroll(alice, phone)
  const url = `postgres://rampart_app:password@127.0.0.1:${await findFreePort()}/gone`
  const database = openDatabase({ url })
  const without = createPasskeys({ database, clock: bench.now, baseUrl })
  const response = honest().create(await passkeys.startRegistration(alice))
  const answer = phone.get(await logInOptions())
  const unavailable = { code: 'unavailable' }
  await expect(without.logIn(answer)).rejects.toMatchObject(unavailable)
  await expect(without.register(alice, { name: 'Key', response })).rejects.toMatchObject(
    unavailable,
  )
  await database.close()
  expect(await passkeys.logIn(answer)).toBe(alice.userId)
  await passkeys.register(alice, { name: 'Key', response })
})
