import { generateTotpCode } from '@repo/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createSecondFactorPeople,
  type SecondFactorPeople,
  type TotpPerson,
} from '../test/create-second-factor-people.ts'
import { createAskIdentity } from './identity-functions.ts'

let setting: SecondFactorPeople
let alice: TotpPerson
let sessionId: string

beforeEach(async () => {
  setting = await createSecondFactorPeople()
  alice = await setting.createWithTotp('alice')
  sessionId = (await setting.start(alice.userId, false)).sessionId
})
afterEach(() => setting.close())

const invalidCode = { code: 'invalid_code' }

const codeAt = (secondsAway: number, secret = alice.secret) =>
  generateTotpCode(secret, new Date(setting.now().getTime() + secondsAway * 1_000))

const verify = (code: string) =>
  setting.factors.verifyTotp({ userId: alice.userId, sessionId, code })

async function enrollBob() {
  const { userId } = await setting.people.create('bob')
  const session = await setting.start(userId, false)
  const { secret } = await setting.factors.enrollTotp({ userId, email: 'bob@people.test' })
  return { userId, sessionId: session.sessionId, secret }
}

test('TOTP is on once a code has confirmed its secret, and off before', async () => {
  const { secret, ...bob } = await enrollBob()
  const code = codeAt(0, secret)
  expect(await setting.factors.read(bob.userId)).toMatchObject({ totp: false, recoveryCodes: 0 })
  await expect(setting.factors.verifyTotp({ ...bob, code })).rejects.toMatchObject(invalidCode)
  const wrong = setting.factors.confirmTotp({ ...bob, code: codeAt(600, secret) })
  await expect(wrong).rejects.toMatchObject(invalidCode)
  expect(await setting.factors.confirmTotp({ ...bob, code })).toHaveLength(10)
  const on = { totp: true, recoveryCodes: 10, passkeys: 0 }
  expect(await setting.factors.read(bob.userId)).toEqual(on)
})

test('the URI is for an app, in the name of the user', async () => {
  const { userId } = await setting.people.create('carol')
  const { secret, uri } = await setting.factors.enrollTotp({ userId, email: 'carol@people.test' })
  expect(uri).toContain(`otpauth://totp/Rampart:carol%40people.test?issuer=Rampart`)
  expect(uri).toContain(`secret=${secret}&`)
})

test.each([
  ['the step before', -30, true],
  ['the present step', 0, true],
  ['the step after', 30, true],
  ['two steps before', -60, false],
  ['two steps after', 60, false],
])('a code of %s', async (_, secondsAway, isGood) => {
  setting.pass(300)
  if (isGood) await verify(codeAt(secondsAway))
  else await expect(verify(codeAt(secondsAway))).rejects.toMatchObject(invalidCode)
  setting.pass(300)
  await verify(codeAt(0))
})

test('a code is good once, the one that confirmed the secret too', async () => {
  await expect(verify(codeAt(-30))).rejects.toMatchObject(invalidCode)
  const code = codeAt(0)
  await verify(code)
  await expect(verify(code)).rejects.toMatchObject(invalidCode)
  setting.pass(30)
  await expect(verify(code)).rejects.toMatchObject(invalidCode)
  await verify(codeAt(0))
})

test('after a newer step an older one is worth nothing', async () => {
  setting.pass(300)
  await verify(codeAt(30))
  await expect(verify(codeAt(0))).rejects.toMatchObject(invalidCode)
  setting.pass(60)
  await verify(codeAt(0))
})

test('of 20 uses of one code at once exactly one succeeds', async () => {
  const code = codeAt(0)
  const uses = await Promise.allSettled(Array.from({ length: 20 }, () => verify(code)))
  expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const reasons = uses.flatMap((use) => (use.status === 'rejected' ? [use.reason.code] : []))
  expect(new Set(reasons)).toEqual(new Set(['invalid_code']))
})

test('of 10 confirmations at once exactly one returns recovery codes, and those are good', async () => {
  const { secret, ...bob } = await enrollBob()
  const attempt = { ...bob, code: codeAt(0, secret) }
  const all = await Promise.allSettled(
    Array.from({ length: 10 }, () => setting.factors.confirmTotp(attempt)),
  )
  const codes = all.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  expect(codes).toHaveLength(10)
  await setting.factors.verifyRecoveryCode({ ...bob, code: codes[9] ?? '' })
})

test('enrolling again before confirming replaces the secret', async () => {
  const { secret, ...bob } = await enrollBob()
  const again = await setting.factors.enrollTotp({ userId: bob.userId, email: 'bob@people.test' })
  const old = setting.factors.confirmTotp({ ...bob, code: codeAt(0, secret) })
  await expect(old).rejects.toMatchObject(invalidCode)
  await setting.factors.confirmTotp({ ...bob, code: codeAt(0, again.secret) })
})

test('a code confirms the secret it is of, not one that took its place meanwhile', async () => {
  const { userId } = await enrollBob()
  const ask = createAskIdentity(setting.people.database)
  const { sql } = setting.people
  const stored = async () =>
    (await sql.run('SELECT secret FROM totp_secrets WHERE user_id = $1', [userId]))[0]?.['secret']
  const old = await stored()
  await setting.factors.enrollTotp({ userId, email: 'bob@people.test' })
  expect(await ask('use_totp_step', userId, null, old, 1, setting.now(), [])).toEqual([])
  expect(await setting.factors.read(userId)).toHaveProperty('totp', false)
  const used = await ask('use_totp_step', userId, null, await stored(), 1, setting.now(), [])
  expect(used).toEqual([{ used: true }])
})

test('while TOTP is on no second secret is given out or confirmed', async () => {
  const { userId } = alice
  const conflict = { code: 'conflict' }
  const enrolled = setting.factors.enrollTotp({ userId, email: 'alice@people.test' })
  await expect(enrolled).rejects.toMatchObject(conflict)
  const confirmed = setting.factors.confirmTotp({ userId, sessionId, code: codeAt(0) })
  await expect(confirmed).rejects.toMatchObject(conflict)
  await verify(codeAt(0))
})

test('turned off, TOTP and its recovery codes are gone, and another secret can be enrolled', async () => {
  const bob = await setting.createWithTotp('bob')
  await setting.factors.disableTotp(alice.userId)
  const off = { totp: false, recoveryCodes: 0, passkeys: 0 }
  expect(await setting.factors.read(alice.userId)).toEqual(off)
  await expect(verify(codeAt(0))).rejects.toMatchObject(invalidCode)
  await setting.factors.enrollTotp({ userId: alice.userId, email: 'alice@people.test' })
  expect(await setting.factors.read(bob.userId)).toMatchObject({ totp: true, recoveryCodes: 10 })
})
