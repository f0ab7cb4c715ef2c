import { type Authenticator, createAuthenticator } from '@repo/testing'
import { expect, it } from 'vitest'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { waitForMail } from '../support/mails.ts'
import { addPasskey, answerChallenge, logInWithPasskey } from '../support/passkeys.ts'
import { problemOf } from '../support/problem-of.ts'
import type { Answer } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const codeOf = ({ body }: Answer) => problemOf(body)?.code

interface Holder {
  readonly person: Person
  readonly visitor: Visitor
  readonly authenticator: Authenticator
  readonly passkeyId: string
}

async function createHolder(counts = true): Promise<Holder> {
  const person = await world.createPerson()
  const visitor = createVisitor(api, person.cookie)
  const authenticator = createAuthenticator({ origin: api.services.config.baseUrl, counts })
  const { body } = await addPasskey(visitor, authenticator)
  return { person, visitor, authenticator, passkeyId: String(body?.['id']) }
}

it('a passkey is added, listed, and opens a session without a password', async () => {
  const { person, visitor, authenticator, passkeyId } = await createHolder()
  expect(visitor.cookie).not.toBe(person.cookie)
  const listed = await visitor.ask('GET /auth/passkeys')
  expect(listed.body).toEqual({
    items: [
      {
        id: passkeyId,
        name: 'Laptop',
        backedUp: true,
        createdAt: expect.any(String),
        lastUsedAt: null,
      },
    ],
    nextCursor: null,
  })
  const other = createVisitor(api)
  const answer = await logInWithPasskey(other, authenticator)
  expect([answer.status, answer.body]).toMatchObject([
    200,
    { user: { id: person.id }, secondFactor: true },
  ])
  expect(await other.status()).toBe(200)
  const used = await visitor.ask('GET /auth/passkeys')
  expect(used.body?.['items']).toMatchObject([{ lastUsedAt: expect.any(String) }])
  await waitForMail(api, person.email, /something changed/)
})

it('a passkey opens the session whole where codes are on', async () => {
  const { person, visitor, authenticator } = await createHolder()
  await enrollTotp(api, visitor)
  const half = createVisitor(api)
  await half.ask('POST /auth/login', { email: person.email, password })
  expect(await half.status()).toBe(401)
  const whole = createVisitor(api)
  expect((await logInWithPasskey(whole, authenticator)).status).toBe(200)
  expect(await whole.status()).toBe(200)
})

it('log-in with a passkey ends the session that was presented', async () => {
  const { visitor, authenticator } = await createHolder()
  const before = visitor.cookie
  expect((await logInWithPasskey(visitor, authenticator)).status).toBe(200)
  expect(visitor.cookie).not.toBe(before)
  expect(await createVisitor(api, before).status()).toBe(401)
})

it('a passkey that was removed opens nothing', async () => {
  const { visitor, authenticator, passkeyId } = await createHolder()
  expect((await logInWithPasskey(createVisitor(api), authenticator)).status).toBe(200)
  expect((await visitor.ask(`DELETE /auth/passkeys/${passkeyId}`)).status).toBe(204)
  expect((await visitor.ask('GET /auth/passkeys')).body?.['items']).toEqual([])
  const late = createVisitor(api)
  const answer = await logInWithPasskey(late, authenticator)
  expect([answer.status, codeOf(answer), late.cookie]).toEqual([
    401,
    'invalid_credentials',
    undefined,
  ])
})

it('nobody removes the passkey of another', async () => {
  const [mine, theirs] = [await createHolder(), await createHolder()]
  expect((await mine.visitor.ask(`DELETE /auth/passkeys/${theirs.passkeyId}`)).status).toBe(404)
  expect((await logInWithPasskey(createVisitor(api), theirs.authenticator)).status).toBe(200)
})

it("an answer to another's registration adds no passkey", async () => {
  const [victim, thief] = [await world.createPerson(), await world.createPerson()]
  const options = await createVisitor(api, victim.cookie).ask(
    'POST /auth/passkeys/register/options',
  )
  const authenticator = createAuthenticator({ origin: api.services.config.baseUrl })
  const visitor = createVisitor(api, thief.cookie)
  const answer = await addPasskey(visitor, authenticator, options)
  expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_passkey'])
  expect((await visitor.ask('GET /auth/passkeys')).body?.['items']).toEqual([])
  expect((await addPasskey(visitor, authenticator)).status).toBe(201)
})

it('a disabled person has no passkey', async () => {
  const { person, authenticator } = await createHolder()
  await world.sql.run('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id])
  const answer = await logInWithPasskey(createVisitor(api), authenticator)
  expect([answer.status, codeOf(answer)]).toEqual([401, 'invalid_credentials'])
  await world.sql.run('UPDATE users SET disabled_at = NULL WHERE id = $1', [person.id])
  expect((await logInWithPasskey(createVisitor(api), authenticator)).status).toBe(200)
})

it.each([
  ['counts', true],
  ['never counts', false],
])(
  'of twenty parallel uses of one answer exactly one logs in, by a passkey that %s',
  async (...[, counts]) => {
    const { authenticator } = await createHolder(counts)
    const body = { response: await answerChallenge(createVisitor(api), authenticator) }
    const visitors = Array.from({ length: 20 }, () => createVisitor(api))
    const answers = await Promise.all(
      visitors.map((visitor) => visitor.ask('POST /auth/passkeys/login', body)),
    )
    const statuses = answers.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([200, ...Array(19).fill(401)])
    expect(visitors.filter(({ cookie }) => cookie !== undefined)).toHaveLength(1)
  },
)

it.each([
  ['another site', { origin: 'https://evil.test' }],
  ['a user who was not verified', { userVerified: false }],
  ['a wrong signature', { wrongSignature: true }],
])('an answer of %s logs nobody in', async (_name, tampering) => {
  const { authenticator } = await createHolder()
  const visitor = createVisitor(api)
  const response = await answerChallenge(visitor, authenticator, tampering)
  const answer = await visitor.ask('POST /auth/passkeys/login', { response })
  expect([answer.status, visitor.cookie]).toEqual([401, undefined])
  expect((await logInWithPasskey(visitor, authenticator)).status).toBe(200)
})
