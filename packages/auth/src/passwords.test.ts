import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { createPasswords } from './passwords.ts'

const passwords = createPasswords()
const password = 'correct horse battery staple'

test('a hash is Argon2id with OWASP’s parameters and a salt of its own', async () => {
  const [first, second] = [await passwords.hash(password), await passwords.hash(password)]
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/)
  expect(second).not.toBe(first)
  expect(await passwords.verify(second, password)).toBe(true)
})

test.each([
  ['another password', 'correct horse battery stapler'],
  ['nothing', ''],
  ['another case', password.toUpperCase()],
  ['a NUL behind it', `${password}\0`],
])('%s is false', async (_name, wrong) => {
  const hash = await passwords.hash(password)
  expect(await passwords.verify(hash, wrong)).toBe(false)
  expect(await passwords.verify(hash, password)).toBe(true)
})

test('without a hash every password is false, the stand-in’s too', async () => {
  expect(await passwords.verify(null, password)).toBe(false)
  expect(await passwords.verify(null, 'nobody has this password')).toBe(false)
})

test('the event loop goes on while a password is hashed', async () => {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  await Promise.all(Array.from({ length: 10 }, () => passwords.hash(password)))
  clearInterval(timer)
  expect(turns).toBeGreaterThan(5)
})

test('a storm of log-ins is refused with overloaded instead of queued for ever', async () => {
  const storm = await Promise.allSettled(
    Array.from({ length: 200 }, () => passwords.verify(null, password)),
  )
  const refused = storm.filter(({ status }) => status === 'rejected')
  const admitted = 50 + Math.max(1, availableParallelism() - 1)
  expect(refused.length).toBe(200 - admitted)
  expect(refused[0]).toMatchObject({ reason: { code: 'overloaded', retryAfterSeconds: 1 } })
  expect(await passwords.verify(await passwords.hash(password), password)).toBe(true)
})

test('a storm from one lane is refused, and another lane’s work is not', async () => {
  const hash = await passwords.hash(password)
  const storm = Array.from({ length: 100 }, () => passwords.hash(password, 'storm'))
  const others = Promise.all([
    passwords.verify(hash, password, 'quiet'),
    passwords.hash(password, 'quiet'),
  ])
  const refused = (await Promise.allSettled(storm)).filter(({ status }) => status === 'rejected')
  const admitted = 10 + Math.max(1, availableParallelism() - 1)
  expect(refused).toHaveLength(100 - admitted)
  expect(refused[0]).toMatchObject({ reason: { code: 'overloaded', retryAfterSeconds: 1 } })
  expect(await others).toEqual([true, expect.stringContaining('$argon2id$')])
  expect(await passwords.verify(hash, password, 'storm')).toBe(true)
})
