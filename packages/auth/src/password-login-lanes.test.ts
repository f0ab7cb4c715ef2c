import { expect, onTestFinished, test } from 'vitest'
import { createPeople } from '../test/create-people.ts'
import { createPasswordLogin } from './password-login.ts'
import { createPasswords } from './passwords.ts'

const password = 'correct horse battery staple'

test('a storm of log-ins from one address leaves places for another', async () => {
  const people = await createPeople()
  onTestFinished(() => people.close())
  const passwords = createPasswords()
  const { userId } = await people.create('alice')
  await people.sql.run('UPDATE users SET email_verified_at = now()')
  const keep = 'INSERT INTO passwords (user_id, hash) VALUES ($1, $2)'
  await people.sql.run(keep, [userId, await passwords.hash(password)])
  const login = createPasswordLogin({
    ...{ database: people.database, passwords },
    clock: () => new Date(),
  })

  const logIn = (lane: string) => login.check('alice@people.test', password, { lane })
  const storm = Promise.allSettled(Array.from({ length: 200 }, () => logIn('192.0.2.1')))
  const others = await Promise.all(Array.from({ length: 10 }, () => logIn('192.0.2.2')))
  const refused = (await storm).filter(({ status }) => status === 'rejected')

  expect(others.map((match) => match?.userId)).toEqual(Array(10).fill(userId))
  expect(refused.length).toBeGreaterThan(0)
  for (const refusal of refused) {
    expect(refusal).toMatchObject({ reason: { code: 'overloaded', retryAfterSeconds: 1 } })
  }
})
