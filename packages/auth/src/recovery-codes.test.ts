import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createSecondFactorPeople,
  type SecondFactorPeople,
  type TotpPerson,
} from '../test/create-second-factor-people.ts'
import { generateRecoveryCodes } from './recovery-codes.ts'

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

const verify = (code = '') =>
  setting.factors.verifyRecoveryCode({ userId: alice.userId, sessionId, code })

test('there are ten codes of 80 bits, easy to type and never the same', () => {
  const codes = Array.from({ length: 100 }, generateRecoveryCodes).flat()
  for (const code of codes)
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
  expect(new Set(codes).size).toBe(1_000)
})

test('each code is good once', async () => {
  for (const code of alice.recoveryCodes) {
    await verify(code)
    await expect(verify(code)).rejects.toMatchObject(invalidCode)
  }
  expect(await setting.factors.read(alice.userId)).toMatchObject({ totp: true, recoveryCodes: 0 })
})

const typed: readonly [how: string, type: (code: string) => string][] = [
  ['as shown', (code) => code],
  ['in lower case', (code) => code.toLowerCase()],
  ['without dashes', (code) => code.replaceAll('-', '')],
  ['with spaces', (code) => ` ${code.replaceAll('-', ' ')} `],
  ['with letters that look alike', (code) => code.replaceAll('0', 'o').replaceAll('1', 'l')],
]

test.each(typed)('a code typed %s is good', async (_, type) => {
  await verify(type(alice.recoveryCodes[0] ?? ''))
})

test.each([
  ['nothing', () => ''],
  ['a part of a code', () => alice.recoveryCodes[0]?.slice(0, 14)],
  ['two codes', () => alice.recoveryCodes.slice(0, 2).join('-')],
  ['a code that nobody has', () => generateRecoveryCodes()[0]],
])('%s is refused', async (_, wrong) => {
  await expect(verify(wrong())).rejects.toMatchObject(invalidCode)
  await verify(alice.recoveryCodes[0])
})

test('a code is good for its own user alone', async () => {
  const bob = await setting.createWithTotp('bob')
  await expect(verify(bob.recoveryCodes[0])).rejects.toMatchObject(invalidCode)
  const own = await setting.start(bob.userId)
  const code = bob.recoveryCodes[0] ?? ''
  await setting.factors.verifyRecoveryCode({ ...own, userId: bob.userId, code })
})

test('of 20 uses of one code at once exactly one succeeds', async () => {
  const uses = Array.from({ length: 20 }, () => verify(alice.recoveryCodes[0]))
  const settled = await Promise.allSettled(uses)
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await setting.factors.read(alice.userId)).toMatchObject({ recoveryCodes: 9 })
})

test('new codes end the old ones', async () => {
  await verify(alice.recoveryCodes[0])
  const fresh = await setting.factors.replaceRecoveryCodes(alice.userId)
  expect(fresh).toHaveLength(10)
  await expect(verify(alice.recoveryCodes[1])).rejects.toMatchObject(invalidCode)
  await verify(fresh[0])
})

test('of replacements at once ten codes remain, not more', async () => {
  const { factors } = setting
  await Promise.all(Array.from({ length: 5 }, () => factors.replaceRecoveryCodes(alice.userId)))
  expect(await factors.read(alice.userId)).toMatchObject({ recoveryCodes: 10 })
})

test('without TOTP there are no recovery codes', async () => {
  const { userId } = await setting.people.create('bob')
  const conflict = { code: 'conflict' }
  await expect(setting.factors.replaceRecoveryCodes(userId)).rejects.toMatchObject(conflict)
  await setting.factors.enrollTotp({ userId, email: 'bob@people.test' })
  await expect(setting.factors.replaceRecoveryCodes(userId)).rejects.toMatchObject(conflict)
  expect(await setting.factors.replaceRecoveryCodes(alice.userId)).toHaveLength(10)
})

test('codes that are replaced while TOTP is turned off are gone with it', async () => {
  const { factors } = setting
  const off = factors.disableTotp(alice.userId)
  await Promise.allSettled([off, factors.replaceRecoveryCodes(alice.userId)])
  expect(await factors.read(alice.userId)).toMatchObject({ totp: false, recoveryCodes: 0 })
})
