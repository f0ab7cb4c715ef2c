import { generateTotpCode } from '@repo/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createSecondFactorPeople,
  type SecondFactorPeople,
  type StartedSession,
  type TotpPerson,
} from '../test/create-second-factor-people.ts'

let setting: SecondFactorPeople
let alice: TotpPerson

beforeEach(async () => {
  setting = await createSecondFactorPeople()
  alice = await setting.createWithTotp('alice')
})
afterEach(() => setting.close())

const invalidCode = { code: 'invalid_code' }
const locked = { code: 'rate_limited' }

// Of a step far away: whatever the hour in these tests, it is never right.
const wrongCode = () => generateTotpCode(alice.secret, new Date('2031-01-01T00:00:00Z'))
const rightCode = () => generateTotpCode(alice.secret, setting.now())

const verify = ({ sessionId }: StartedSession, code: string) =>
  setting.factors.verifyTotp({ userId: alice.userId, sessionId, code })
const verifyRecovery = ({ sessionId }: StartedSession, code = '') =>
  setting.factors.verifyRecoveryCode({ userId: alice.userId, sessionId, code })
const guess = (session: StartedSession) =>
  expect(verify(session, wrongCode())).rejects.toMatchObject(invalidCode)

const isAlive = async ({ token }: StartedSession) => (await setting.store.find(token)) !== null

/** Twenty wrong codes, five in each half session, as somebody with the password would make them. */
async function lockAccount() {
  for (let logIn = 0; logIn < 4; logIn += 1) {
    const session = await setting.start(alice.userId)
    for (let count = 0; count < 5; count += 1) await guess(session)
  }
}

test('the fifth wrong code ends a half session, of either kind', async () => {
  const [session, other] = [await setting.start(alice.userId), await setting.start(alice.userId)]
  for (let count = 0; count < 3; count += 1) await guess(session)
  await expect(verifyRecovery(session, 'wrong')).rejects.toMatchObject(invalidCode)
  expect(await isAlive(session)).toBe(true)
  await expect(verifyRecovery(session, 'wrong')).rejects.toMatchObject(invalidCode)
  expect(await isAlive(session)).toBe(false)
  await expect(verify(session, rightCode())).rejects.toMatchObject(invalidCode)
  await verify(other, rightCode())
})

test('four wrong codes and a right one leave the half session as it is', async () => {
  const session = await setting.start(alice.userId)
  for (let count = 0; count < 4; count += 1) await guess(session)
  await verify(session, rightCode())
  expect(await isAlive(session)).toBe(true)
})

test('of 40 guesses at once in a half session five are looked at, and it ends', async () => {
  const session = await setting.start(alice.userId)
  const guesses = Array.from({ length: 40 }, () => verify(session, wrongCode()))
  await Promise.allSettled(guesses)
  const [kept] = await setting.people.sql.run('SELECT failed_codes FROM totp_secrets')
  expect(kept).toEqual({ failed_codes: 5 })
  expect(await isAlive(session)).toBe(false)
})

test('wrong codes do not end a whole session', async () => {
  const session = await setting.start(alice.userId, false)
  for (let count = 0; count < 6; count += 1) await guess(session)
  expect(await isAlive(session)).toBe(true)
  await verify(session, rightCode())
})

test('another user’s session is no place to guess in', async () => {
  const bob = await setting.createWithTotp('bob')
  const session = await setting.start(bob.userId)
  await expect(verify(session, rightCode())).rejects.toMatchObject(invalidCode)
  await verify(await setting.start(alice.userId), rightCode())
})

test('after 20 wrong codes within an hour every code is refused until that hour is over', async () => {
  await lockAccount()
  const session = await setting.start(alice.userId, false)
  await expect(verify(session, wrongCode())).rejects.toMatchObject(locked)
  const right = verify(session, rightCode())
  await expect(right).rejects.toMatchObject({ ...locked, retryAfterSeconds: 3_600 })
  await expect(verifyRecovery(session, alice.recoveryCodes[0])).rejects.toMatchObject(locked)
  setting.pass(3_599.5)
  const late = verify(session, rightCode())
  await expect(late).rejects.toMatchObject({ ...locked, retryAfterSeconds: 1 })
  setting.pass(0.5)
  await verify(session, rightCode())
  await verifyRecovery(session, alice.recoveryCodes[0])
})

test('the hour begins with the first wrong code, and a lock is not made longer by guessing on', async () => {
  const session = await setting.start(alice.userId, false)
  await guess(session)
  setting.pass(3_000)
  for (let count = 0; count < 19; count += 1) await guess(session)
  for (let count = 0; count < 5; count += 1) {
    const refused = verify(session, wrongCode())
    await expect(refused).rejects.toMatchObject({ ...locked, retryAfterSeconds: 600 })
  }
  setting.pass(600)
  await verify(session, rightCode())
})

test('19 wrong codes lock nobody out, and a right one or an hour forgets them', async () => {
  const session = await setting.start(alice.userId, false)
  for (const forget of [() => verify(session, rightCode()), async () => setting.pass(3_600)]) {
    for (let count = 0; count < 19; count += 1) await guess(session)
    await forget()
  }
  for (let count = 0; count < 19; count += 1) await guess(session)
  await verifyRecovery(session, alice.recoveryCodes[0])
  setting.pass(30)
  await verify(session, rightCode())
})

test.each([
  ['code', (session: StartedSession) => verify(session, rightCode())],
  ['recovery code', (session: StartedSession) => verifyRecovery(session, alice.recoveryCodes[0])],
])(
  'a half session in which a right %s was given is ended by no wrong one beside it',
  async (_what, prove) => {
    const [proven, other] = [await setting.start(alice.userId), await setting.start(alice.userId)]
    for (let count = 0; count < 3; count += 1) await guess(proven)
    await prove(proven)
    await guess(proven)
    expect(await isAlive(proven)).toBe(true)
    for (let count = 0; count < 5; count += 1) await guess(other)
    expect(await isAlive(other)).toBe(false)
  },
)

test('of 60 guesses at once, in a dozen half sessions, 20 are looked at', async () => {
  const sessions = await Promise.all(Array.from({ length: 12 }, () => setting.start(alice.userId)))
  const guesses = sessions.flatMap((session) =>
    Array.from({ length: 5 }, () => verify(session, wrongCode())),
  )
  const reasons = (await Promise.allSettled(guesses)).map((one) =>
    one.status === 'rejected' ? one.reason.code : 'verified',
  )
  expect(reasons.filter((code) => code === 'invalid_code')).toHaveLength(20)
  expect(reasons.filter((code) => code === 'rate_limited')).toHaveLength(40)
})

test('one account’s lock is not another’s', async () => {
  const bob = await setting.createWithTotp('bob')
  await lockAccount()
  const { sessionId } = await setting.start(bob.userId)
  const code = generateTotpCode(bob.secret, setting.now())
  await setting.factors.verifyTotp({ userId: bob.userId, sessionId, code })
  await expect(verify(await setting.start(alice.userId), rightCode())).rejects.toMatchObject(locked)
})
