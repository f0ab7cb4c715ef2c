import { generateTotpCode } from '@repo/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createSecondFactorPeople,
  type SecondFactorPeople,
  type TotpPerson,
} from '../test/create-second-factor-people.ts'
import { hashRecoveryCode } from './recovery-codes.ts'

let setting: SecondFactorPeople
let alice: TotpPerson

beforeEach(async () => {
  setting = await createSecondFactorPeople()
  alice = await setting.createWithTotp('alice')
})
afterEach(() => setting.close())

async function dump(): Promise<string> {
  const { sql } = setting.people
  const tables = await sql.run(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
  const rows = await Promise.all(
    tables.map(({ tablename }) => sql.run(`SELECT t::text AS row FROM "${tablename}" t`)),
  )
  return JSON.stringify(rows)
}

async function attempt(user: TotpPerson, code: string) {
  const { sessionId } = await setting.start(user.userId, false)
  return { userId: user.userId, sessionId, code }
}

const codeOf = (secret: string) => generateTotpCode(secret, setting.now())

test('no table holds a secret or a recovery code', async () => {
  const stored = await dump()
  const [first = ''] = alice.recoveryCodes
  expect(stored).toContain(hashRecoveryCode(alice.userId, first))
  expect(stored).not.toContain(alice.secret)
  for (const code of alice.recoveryCodes) {
    expect(stored).not.toContain(code)
    expect(stored).not.toContain(code.replaceAll('-', ''))
  }
})

test('what is stored is no way in: not as a secret, not as a recovery code', async () => {
  const { sql } = setting.people
  const [kept] = await sql.run('SELECT secret FROM totp_secrets')
  const letters = String(kept?.['secret'])
    .toUpperCase()
    .replace(/[^A-Z2-7]/g, '')
  const guess = setting.factors.verifyTotp(await attempt(alice, codeOf(letters)))
  await expect(guess).rejects.toMatchObject({ code: 'invalid_code' })
  for (const { id } of await sql.run('SELECT id FROM recovery_codes')) {
    const attempted = setting.factors.verifyRecoveryCode(await attempt(alice, String(id)))
    await expect(attempted).rejects.toMatchObject({ code: 'invalid_code' })
  }
  await setting.factors.verifyTotp(await attempt(alice, codeOf(alice.secret)))
})

test('a secret that was moved to another user is refused, even with its right code', async () => {
  const mallory = await setting.createWithTotp('mallory')
  const { sql } = setting.people
  const move = `UPDATE totp_secrets SET secret =
    (SELECT secret FROM totp_secrets WHERE user_id = $1) WHERE user_id = $2`
  await setting.factors.verifyTotp(await attempt(mallory, codeOf(mallory.secret)))
  await sql.run(move, [mallory.userId, alice.userId])
  setting.pass(30)
  const moved = setting.factors.verifyTotp(await attempt(alice, codeOf(mallory.secret)))
  await expect(moved).rejects.toMatchObject({ code: 'internal' })
  await setting.factors.verifyTotp(await attempt(mallory, codeOf(mallory.secret)))
})

test('the serving role reads neither table', async () => {
  const read = (table: string) => {
    const text = `SELECT count(*) FROM ${table}`
    return setting.people.database.query({ name: `read_${table}`, text, values: [] })
  }
  for (const table of ['totp_secrets', 'recovery_codes']) {
    await expect(read(table)).rejects.toThrow()
  }
  await expect(read('organizations')).resolves.toHaveLength(1)
})
