import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPeople, type People } from '../test/create-people.ts'
import { createAskIdentity } from './identity-functions.ts'
import { createOneTimeTokens, type OneTimeTokens } from './one-time-tokens.ts'
import { generateToken, hashToken } from './tokens.ts'

let people: People
let tokens: OneTimeTokens
let now: Date
let token: string

const reset = { purpose: 'reset_password', seconds: 60, email: 'alice@people.test' } as const

beforeAll(async () => {
  people = await createPeople()
  tokens = createOneTimeTokens(createAskIdentity(people.database), () => now)
})
beforeEach(() => {
  now = new Date('2027-01-01T12:00:00Z')
  token = generateToken()
})
afterAll(() => people.close())

const pass = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000)
}

test('what was kept with a token comes back once', async () => {
  const { userId } = await people.create('alice')
  const data = { name: 'Alice “the first” \\' }
  await tokens.create(token, { purpose: 'register_passkey', seconds: 60, userId, data })
  const kept = { userId, email: null, data }
  expect(await tokens.redeem(token, 'register_passkey')).toEqual(kept)
  expect(await tokens.redeem(token, 'register_passkey')).toBeNull()
})

test('a token of another purpose is none, and stays good for its own', async () => {
  await tokens.create(token, reset)
  for (const purpose of ['register', 'register_passkey', 'log_in_with_passkey'] as const) {
    expect(await tokens.redeem(token, purpose)).toBeNull()
  }
  expect(await tokens.redeem(token, 'reset_password')).toEqual({
    userId: null,
    email: 'alice@people.test',
    data: {},
  })
})

test('a token is over at the end of its time', async () => {
  const second = generateToken()
  await tokens.create(token, reset)
  await tokens.create(second, reset)
  pass(59)
  expect(await tokens.redeem(token, 'reset_password')).not.toBeNull()
  pass(1)
  expect(await tokens.redeem(second, 'reset_password')).toBeNull()
})

test('of 20 who redeem one token at once exactly one has it', async () => {
  await tokens.create(token, reset)
  const all = Array.from({ length: 20 }, () => tokens.redeem(token, 'reset_password'))
  const won = (await Promise.all(all)).filter((redeemed) => redeemed !== null)
  expect(won).toHaveLength(1)
})

test('only the hash is kept, and the hash redeems nothing', async () => {
  await tokens.create(token, reset)
  const ids = (await people.sql.run('SELECT id FROM one_time_tokens')).map(({ id }) => id)
  expect(ids).toContain(hashToken(token))
  expect(await tokens.redeem(hashToken(token), 'reset_password')).toBeNull()
  expect(await tokens.redeem(token, 'reset_password')).not.toBeNull()
})

test('what is over is swept out when the next one is made', async () => {
  const keptIds = async () =>
    (await people.sql.run('SELECT id FROM one_time_tokens')).map(({ id }) => id)
  const [live, next] = [generateToken(), generateToken()]
  await tokens.create(token, reset)
  await tokens.create(live, { ...reset, seconds: 120 })
  pass(60)
  await tokens.create(next, reset)
  expect(await keptIds()).not.toContain(hashToken(token))
  expect(await keptIds()).toEqual(expect.arrayContaining([hashToken(live), hashToken(next)]))
})

test('two tokens never share a hash', async () => {
  await tokens.create(token, reset)
  await expect(tokens.create(token, reset)).rejects.toMatchObject({ code: 'conflict' })
})
