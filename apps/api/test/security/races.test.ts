import { createAuthenticator, generateTotpCode } from '@repo/testing'
import { expect, it } from 'vitest'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { findMails, tokenIn, waitForToken } from '../support/mails.ts'
import { addPasskey, answerChallenge } from '../support/passkeys.ts'
import type { Answer } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const atOnce = 20
const next = 'an entirely new passphrase'

/** One use of what many have at once. */
type Use = (index: number) => Promise<Answer>
interface Race {
  readonly name: string
  /** Makes what only one may have. */
  readonly start: (person: Person) => Promise<Use>
  /** What the others may get. */
  readonly lost: readonly number[]
}

const ask = (cookie?: string) => createVisitor(api, cookie)

async function halfSignIn({ email }: Person): Promise<Visitor> {
  const visitor = ask()
  await visitor.ask('POST /auth/login', { email, password })
  return visitor
}

const races: readonly Race[] = [
  {
    name: 'a reset link',
    async start({ email }) {
      await ask().ask('POST /auth/password/forgot', { email })
      const token = await waitForToken(api, email, 'reset')
      return (index) =>
        ask().ask('POST /auth/password/reset', { token, password: `${next} ${index}` })
    },
    lost: [400],
  },
  {
    name: 'a registration link',
    async start({ id }) {
      const email = `${id}@race.test`
      await ask().ask('POST /auth/register', { email, password: next, name: 'Nora' })
      const token = await waitForToken(api, email, 'register')
      return () => ask().ask('POST /auth/email/verify', { token })
    },
    lost: [400],
  },
  {
    name: 'the link to a new address',
    async start({ id, email, cookie }) {
      await ask(cookie).ask('POST /auth/email/change', { email: `${id}@race.test` })
      await ask().ask('POST /auth/email/confirm', {
        token: await waitForToken(api, email, 'change'),
      })
      const token = await waitForToken(api, `${id}@race.test`, 'change')
      return () => ask().ask('POST /auth/email/confirm', { token })
    },
    lost: [400],
  },
  {
    name: 'a recovery code, in a log-in each',
    async start(person) {
      const { recoveryCodes } = await enrollTotp(api, ask(person.cookie))
      const halves = await Promise.all(Array.from({ length: atOnce }, () => halfSignIn(person)))
      const code = recoveryCodes[0]
      return async (index) =>
        (halves[index] ?? ask()).ask('POST /auth/mfa/recovery/verify', { code })
    },
    lost: [401],
  },
  {
    name: 'a code of one step, in a log-in each',
    async start(person) {
      const { nextCode } = await enrollTotp(api, ask(person.cookie))
      const halves = await Promise.all(Array.from({ length: atOnce }, () => halfSignIn(person)))
      const code = nextCode()
      return async (index) => (halves[index] ?? ask()).ask('POST /auth/mfa/totp/verify', { code })
    },
    lost: [401],
  },
  {
    name: 'a code of one step, in one log-in',
    async start(person) {
      const { nextCode } = await enrollTotp(api, ask(person.cookie))
      const { cookie } = await halfSignIn(person)
      const code = nextCode()
      return () => ask(cookie).ask('POST /auth/mfa/totp/verify', { code })
    },
    lost: [401],
  },
  {
    name: 'the code that turns codes on',
    async start({ cookie }) {
      const { body } = await ask(cookie).ask('POST /auth/mfa/totp/enroll')
      const code = generateTotpCode(String(body?.['secret']), api.services.clock())
      return () => ask(cookie).ask('POST /auth/mfa/totp/confirm', { code })
    },
    // Once it is on, whoever has not shown it may not change it.
    lost: [401, 403, 409],
  },
  {
    name: 'the challenge of a passkey',
    async start({ cookie }) {
      // Without a counter, as synced passkeys are: the challenge alone decides.
      const { baseUrl: origin } = api.services.config
      const authenticator = createAuthenticator({ origin, counts: false })
      await addPasskey(ask(cookie), authenticator)
      const response = await answerChallenge(ask(), authenticator)
      return () => ask().ask('POST /auth/passkeys/login', { response })
    },
    lost: [401],
  },
  {
    name: 'the step-up of a session',
    start: async ({ cookie }) => {
      return () => ask(cookie).ask('POST /auth/step-up', { password })
    },
    lost: [401],
  },
  {
    name: 'the rotation of a key',
    async start({ cookie }) {
      const input = { name: 'Sync', permissions: ['order:read:own'] }
      const { body } = await ask(cookie).ask('POST /api-keys', input)
      return () => ask(cookie).ask(`POST /api-keys/${body?.['id']}/rotate`)
    },
    lost: [409],
  },
]

it.each(races)(`of ${atOnce} at once exactly one has $name`, async ({ start, lost }) => {
  const use = await start(await world.createPerson())
  const answers = await Promise.all(Array.from({ length: atOnce }, (_, index) => use(index)))
  const statuses = answers.map(({ status }) => status)
  expect(
    statuses.filter((status) => status < 300),
    String(statuses),
  ).toHaveLength(1)
  const others = statuses.filter((status) => status >= 300)
  for (const status of others) expect(lost, String(statuses)).toContain(status)
  const cookies = answers.filter(({ headers }) => headers.getSetCookie().length > 0)
  expect(cookies.length).toBeLessThanOrEqual(1)
  expect((await use(0)).status).toBeGreaterThanOrEqual(400)
})

it('of passwords that were set at once the one that was taken logs in', async () => {
  const { email } = await world.createPerson()
  await ask().ask('POST /auth/password/forgot', { email })
  const token = await waitForToken(api, email, 'reset')
  const words = Array.from({ length: 5 }, (_, index) => `${next} ${index}`)
  const answers = await Promise.all(
    words.map((word) => ask().ask('POST /auth/password/reset', { token, password: word })),
  )
  const logIns = await Promise.all(
    words.map((word) => ask().ask('POST /auth/login', { email, password: word })),
  )
  expect(logIns.map(({ status }) => status === 200)).toEqual(
    answers.map(({ status }) => status === 204),
  )
  expect(logIns.filter(({ status }) => status === 200)).toHaveLength(1)
})

it('of two who move to one address at once exactly one has it', async () => {
  const email = `${crypto.randomUUID()}@race.test`
  const people = [await world.createPerson(), await world.createPerson()]
  for (const person of people) {
    await ask(person.cookie).ask('POST /auth/email/change', { email })
    const token = await waitForToken(api, person.email, 'change')
    await ask().ask('POST /auth/email/confirm', { token })
  }
  const tokens = await waitForBoth(email)
  const answers = await Promise.all(
    tokens.map((token) => ask().ask('POST /auth/email/confirm', { token })),
  )
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400])
  expect(answers.filter(({ body }) => body?.['changed'] === true)).toHaveLength(1)
  expect((await ask().ask('POST /auth/login', { email, password })).status).toBe(200)
})

async function waitForBoth(email: string): Promise<readonly string[]> {
  await expect.poll(async () => (await findMails(api, email)).length).toBe(2)
  return (await findMails(api, email)).map(tokenIn)
}
