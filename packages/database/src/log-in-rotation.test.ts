import { openSql, startThrowAwayDatabase, trustBehindDoor } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canLogIn, logInRotation } from './log-in-rotation.ts'
import { provisionDatabase } from './provision.ts'

let postgres: Awaited<ReturnType<typeof startThrowAwayDatabase>>
let current: string

beforeAll(async () => {
  postgres = await startThrowAwayDatabase(provisionDatabase)
  current = postgres.appUrl
}, 60_000)
afterAll(() => postgres?.remove())

test('a role gives itself a new password, and the old one is dead; to do it again does nothing', async () => {
  const next = logInRotation.renew(current)
  await expect(logInRotation.test(next)).rejects.toThrow('does not know the new password')
  await logInRotation.set(current, next)
  await logInRotation.set(current, next)
  await logInRotation.test(next, current)
  expect([await canLogIn(current), await canLogIn(next)]).toEqual([false, true])
  current = next
})

test('what Postgres is told is a verifier that no dictionary opens', async () => {
  const admin = openSql(postgres.adminUrl)
  const read = `SELECT rolpassword FROM pg_authid WHERE rolname = 'rampart_app'`
  const [row] = await admin.run(read)
  await admin.close()
  expect(String(row?.['rolpassword'])).toMatch(
    /^SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=$/,
  )
  expect(String(row?.['rolpassword'])).not.toContain(new URL(current).password)
  expect(Buffer.from(new URL(current).password, 'base64url')).toHaveLength(24)
})

test('of two at once one is alone, the other is told', async () => {
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>()
  const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>()
  const first = logInRotation.alone([current], async () => {
    begin()
    await isOver
    return 'done'
  })
  await hasBegun
  const second = logInRotation.alone([current], async () => 'done too')
  await expect(second).rejects.toThrow('Somebody else rotates this role right now')
  // Another role's is nobody's business.
  expect(await logInRotation.alone([postgres.workerUrl], async () => 'beside it')).toBe('beside it')
  end()
  expect(await first).toBe('done')
  expect(
    await logInRotation
      .alone(['postgresql://rampart_app:x@127.0.0.1:1/x'], async () => 1)
      .catch(() => 'away'),
  ).toBe('away')
  expect(await logInRotation.alone([current], async () => 'after it')).toBe('after it')
})

test('a server that lets everybody in has rotated nothing', async () => {
  const next = logInRotation.renew(current)
  await logInRotation.set(current, next)
  await trustBehindDoor(postgres.adminUrl)
  await expect.poll(() => canLogIn(current), { timeout: 10_000 }).toBe(true)
  await expect(logInRotation.test(next, current)).rejects.toThrow('look at pg_hba.conf')
})
