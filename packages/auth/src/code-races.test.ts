import { setTimeout as sleep } from 'node:timers/promises'
import { generateTotpCode, openSql } from '@repo/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createSecondFactorPeople,
  type SecondFactorPeople,
  type TotpPerson,
} from '../test/create-second-factor-people.ts'
import { slowWrites } from '../test/slow-writes.ts'

let setting: SecondFactorPeople
let alice: TotpPerson
let sessionId: string

beforeEach(async () => {
  setting = await createSecondFactorPeople()
  alice = await setting.createWithTotp('alice')
  sessionId = (await setting.start(alice.userId)).sessionId
})
afterEach(() => setting.close())

const recover = (index: number) => {
  const code = alice.recoveryCodes[index] ?? ''
  return setting.factors.verifyRecoveryCode({ userId: alice.userId, sessionId, code })
}

/** What each of them was refused with, if it was. */
async function refusalsOf(attempts: readonly Promise<unknown>[]) {
  const settled = await Promise.allSettled(attempts)
  return settled.map((one) => (one.status === 'rejected' ? one.reason.code : null))
}

test('codes that are given at once in one half session wait for each other, and none for ever', async () => {
  await slowWrites(setting.people.sql, 'totp_secrets', 'UPDATE')
  const code = generateTotpCode(alice.secret, setting.now())
  const totp = setting.factors.verifyTotp({ userId: alice.userId, sessionId, code })
  const refusals = await refusalsOf([totp, recover(0), recover(1), recover(2), recover(3)])
  expect(refusals).toEqual([null, null, null, null, null])
})

test('a code that is used while all are replaced is good, or worth nothing', async () => {
  await slowWrites(setting.people.sql, 'recovery_codes', 'DELETE')
  // Some of them come while a code is being used.
  const replaced = [0, 30, 60, 90].map((ms) =>
    sleep(ms).then(() => setting.factors.replaceRecoveryCodes(alice.userId)),
  )
  const refusals = await refusalsOf([recover(0), ...replaced])
  for (const refusal of refusals) expect([null, 'invalid_code']).toContain(refusal)
  expect(refusals.slice(1)).toEqual([null, null, null, null])
})

test('codes that are given while an administrator takes the factor away are good, or worth nothing', async () => {
  const { sql, create, test: urls } = setting.people
  const { userId: root } = await create('root')
  await sql.run(`UPDATE users SET platform_role = 'admin' WHERE id = $1`, [root])
  await slowWrites(sql, 'totp_secrets')
  const platform = openSql(urls.platformUrl)
  const reset = platform.run('SELECT outcome FROM platform.reset_second_factor($1, $2)', [
    ...[root, alice.userId],
  ])
  const refusals = await refusalsOf([reset, recover(0), recover(1), recover(2)])
  await platform.close()
  for (const refusal of refusals) expect([null, 'invalid_code']).toContain(refusal)
  expect(await reset).toEqual([{ outcome: 'done' }])
})
