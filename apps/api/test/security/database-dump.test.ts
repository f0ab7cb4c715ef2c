import { createAuthenticator, generateTotpCode } from '@repo/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { openSession, type Person, password, type World } from '../support/create-world.ts'
import { type EnrolledTotp, enrollTotp } from '../support/enroll-totp.ts'
import { waitForToken } from '../support/mails.ts'
import { addPasskey, answerChallenge } from '../support/passkeys.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let victim: Victim
let dump: readonly string[]

/** Everything that would let somebody in, as its owner has it. */
interface Victim {
  readonly person: Person
  readonly session: string
  readonly halfSession: string
  readonly key: string
  readonly resetToken: string
  readonly newcomer: string
  readonly registrationToken: string
  readonly changeTokens: readonly string[]
  readonly totp: EnrolledTotp
  readonly challengeAnswer: object
}

useWorld((made) => {
  ;({ api, world } = made)
})

async function createVictim(): Promise<Victim> {
  const person = await world.createPerson({ role: 'admin' })
  const visitor = createVisitor(api, person.cookie)
  const totp = await enrollTotp(api, visitor)
  const authenticator = createAuthenticator({ origin: api.services.config.baseUrl })
  await addPasskey(visitor, authenticator)
  const made = await visitor.ask('POST /api-keys', {
    name: 'Sync',
    permissions: ['order:read:any'],
  })
  const [moved, newcomer] = [`${person.id}@moved.test`, `${person.id}@newcomer.test`]
  await visitor.ask('POST /auth/email/change', { email: moved })
  await createVisitor(api).ask('POST /auth/password/forgot', { email: person.email })
  const applicant = { email: newcomer, password, name: 'Nora' }
  await createVisitor(api).ask('POST /auth/register', applicant)
  return {
    person,
    session: visitor.cookie ?? '',
    halfSession: await openSession(api, person.id, { pending: true }),
    key: String(made.body?.['key']),
    resetToken: await waitForToken(api, person.email, 'reset'),
    newcomer,
    registrationToken: await waitForToken(api, newcomer, 'register'),
    changeTokens: [
      await waitForToken(api, person.email, 'change'),
      await waitForToken(api, moved, 'change'),
    ],
    totp,
    challengeAnswer: await answerChallenge(createVisitor(api), authenticator),
  }
}

/** Every text of every table, and every word within it that could be a token. */
async function takeDump(): Promise<readonly string[]> {
  const tables = await world.sql.run(
    `SELECT format('%I.%I', schemaname, tablename) AS tablename FROM pg_tables
      WHERE schemaname IN ('public', 'pgboss') ORDER BY 1`,
  )
  const rows = await Promise.all(
    tables.map(({ tablename }) => world.sql.run(`SELECT to_jsonb(t) AS row FROM ${tablename} t`)),
  )
  const texts = rows.flat().flatMap(textsIn)
  const words = texts.flatMap((text) => text.split(/[^\w+/=.$-]+/))
  return [...new Set([...texts, ...words])].filter((text) => text.length >= 6)
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}

beforeAll(async () => {
  victim = await createVictim()
  await api.services.audit.flush()
  dump = await takeDump()
})

const inCookie = (text: string) => text.replaceAll(/[;,\s"]|[^ -~]/g, '')

const byCookie = async (cookie: string) => createVisitor(api, cookie).status()

const byKey = async (key: string) => {
  const headers = { authorization: `Bearer ${inCookie(key)}` }
  return (await request(`${api.url}/api/users/${victim.person.id}/orders`, { headers })).status
}

const link = (route: `POST /${string}`, input: object) =>
  createVisitor(api)
    .ask(route, input)
    .then(({ status }) => status)

const reset = (token: string) =>
  link('POST /auth/password/reset', { token, password: 'an entirely new passphrase' })
const register = (token: string) => link('POST /auth/email/verify', { token })
const confirm = (token: string) => link('POST /auth/email/confirm', { token })

const halfSignIn = async (): Promise<Visitor> =>
  createVisitor(api, await openSession(api, victim.person.id, { pending: true }))

async function byCode(kind: 'totp' | 'recovery', code: string): Promise<number> {
  // So that no limit answers in the place of the check.
  await world.sql.run('UPDATE totp_secrets SET failed_codes = 0')
  return (await (await halfSignIn()).ask(`POST /auth/mfa/${kind}/verify`, { code })).status
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function toBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('')
}

const encodings = ['utf8', 'base64', 'hex'] as const

/** The codes that a text would give, were it the secret in any of these forms. */
const codesOf = (text: string): readonly string[] =>
  [text, ...encodings.map((encoding) => toBase32(Buffer.from(text, encoding)))]
    .filter((secret) => /^[A-Z2-7]{16,}$/.test(secret))
    .map((secret) => generateTotpCode(secret, api.services.clock()))

/** Each try is looked at: what slows guessing down is another test's. */
async function byPassword(email: string, word: string): Promise<number> {
  await world.sql.run('DELETE FROM failed_log_ins')
  return link('POST /auth/login', { email, password: word })
}

/** Tries a way in with many texts, some at once; those that were let in. */
async function findOpen(
  texts: readonly string[],
  attempt: (text: string) => Promise<number>,
): Promise<string[]> {
  const open: string[] = []
  for (let start = 0; start < texts.length; start += 8) {
    const some = texts.slice(start, start + 8)
    const statuses = await Promise.all(some.map(attempt))
    open.push(...some.filter((_, index) => (statuses[index] ?? 0) < 300))
  }
  return open
}

describe('of a dump of all tables', () => {
  it('there is much to try, and none of the real values among it', () => {
    const tables = ['$argon2id$', `${victim.person.email}`, 'rk_live_']
    for (const part of tables)
      expect(
        dump.some((text) => text.includes(part)),
        part,
      ).toBe(true)
    expect(dump.length).toBeGreaterThan(80)
    const { session, halfSession, key, resetToken, registrationToken, changeTokens, totp } = victim
    const cookies = [session, halfSession].map((cookie) => cookie.split('=')[1] ?? '')
    const links = [resetToken, registrationToken, ...changeTokens]
    const codes = totp.recoveryCodes.flatMap((code) => [code, code.replaceAll('-', '')])
    const secrets = [...cookies, key, key.slice(8), ...links, ...codes, totp.secret]
    expect(secrets.every((secret) => secret.length >= 16)).toBe(true)
    const text = dump.join('\n')
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
  })

  it.each([
    ['a session cookie', (text: string) => byCookie(`session=${inCookie(text)}`)],
    ['an API key', byKey],
    ['an API key, with its beginning', (text: string) => byKey(`rk_live_${text}`)],
    ['the link of a reset', reset],
    ['the link of a registration', register],
    ['the link of a new address', confirm],
    ['a recovery code', (text: string) => byCode('recovery', text)],
    ['a code', (text: string) => byCode('totp', text)],
  ] as const)('no text is %s', async (_name, attempt) => {
    expect(await findOpen(dump, attempt)).toEqual([])
  })

  it('what is kept of the secret of codes is not the secret', async () => {
    const [row] = await world.sql.run('SELECT secret FROM totp_secrets WHERE user_id = $1', [
      victim.person.id,
    ])
    const kept = String(row?.['secret'])
    const codes = [kept, ...kept.split(/[^\w+/=-]+/)].flatMap(codesOf)
    expect(codes.length).toBeGreaterThan(1)
    expect(await findOpen(codes, (code) => byCode('totp', code))).toEqual([])
    expect(codesOf(victim.totp.secret)).toContain(
      generateTotpCode(victim.totp.secret, api.services.clock()),
    )
  })

  it("no text is anybody's password", async () => {
    const people = await world.sql.run('SELECT email FROM users')
    expect(people.length).toBeGreaterThan(2)
    // Hashes and what looks like them for everybody; the rest for the victim alone, to bound the work.
    const likely = dump.filter((text) => text.length >= 20 && !text.includes(' '))
    for (const { email } of people.slice(-3)) {
      expect(await findOpen(likely, (word) => byPassword(String(email), word))).toEqual([])
    }
    expect(await findOpen(dump, (word) => byPassword(victim.person.email, word))).toEqual([])
  }, 300_000)

  it('no text is the answer to a challenge of a passkey', async () => {
    const answer = victim.challengeAnswer
    const attempt = (challenge: string) => {
      const data = { type: 'webauthn.get', challenge, origin: api.services.config.baseUrl }
      const clientDataJSON = Buffer.from(JSON.stringify(data)).toString('base64url')
      const response = { ...(Reflect.get(answer, 'response') as object), clientDataJSON }
      return link('POST /auth/passkeys/login', { response: { ...answer, response } })
    }
    expect(await findOpen(dump, attempt)).toEqual([])
  })
})

// Last, since each is good once.
it('the real values let their owner in', async () => {
  const { person, session, halfSession, key, totp } = victim
  expect(await byCookie(session)).toBe(200)
  expect(await byKey(key)).toBe(200)
  expect(await byPassword(person.email, password)).toBe(200)
  const half = createVisitor(api, halfSession)
  expect((await half.ask('POST /auth/mfa/totp/verify', { code: totp.nextCode() })).status).toBe(200)
  expect(await byCode('recovery', totp.recoveryCodes[0] ?? '')).toBe(200)
  expect(await link('POST /auth/passkeys/login', { response: victim.challengeAnswer })).toBe(200)
  expect(await register(victim.registrationToken)).toBe(204)
  expect(await byPassword(victim.newcomer, password)).toBe(200)
  const [old = '', fresh = ''] = victim.changeTokens
  expect(await confirm(old)).toBe(200)
  expect(await reset(victim.resetToken)).toBe(204)
  // A new password ends a change of address that waits.
  expect(await confirm(fresh)).toBe(400)
})
