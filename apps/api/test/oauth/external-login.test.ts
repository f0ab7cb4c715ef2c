import { beforeEach, describe, expect, it } from 'vitest'
import { formOf } from '../support/authorize.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { openSession } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { findMails, waitForMail } from '../support/mails.ts'
import {
  createVisit,
  type ExternalLoginBench,
  useExternalLogin,
} from '../support/use-external-login.ts'

let bench: ExternalLoginBench
let count = 0

useExternalLogin((made) => {
  bench = made
})

/** Somebody at the provider of one's own, whose address it answers for. */
function newPerson(claims: Readonly<Record<string, unknown>> = {}) {
  count += 1
  const email = `outside-${count}@elsewhere.test`
  return { sub: `subject-${count}`, email, email_verified: true, name: 'Olga Outside', ...claims }
}

const usersAt = (email: string) =>
  bench.world.sql.run('SELECT id, name, email_verified_at FROM users WHERE email = $1', [email])

const signedInAs = (email: string) => `You are signed in as <strong>${email}</strong>`

describe('somebody new', () => {
  it('gets an account of their own, verified, with an organization', async () => {
    const person = newPerson()
    bench.acme.person = person
    const visit = createVisit(bench)
    const page = await visit.logIn('acme')
    expect(page.text).toContain(signedInAs(person.email))
    expect(page.url).toBe(`${bench.origin}/account/signed-in`)
    const [user] = await usersAt(person.email)
    expect(user).toMatchObject({ name: 'Olga Outside', email_verified_at: expect.any(Date) })
    const visitor = createVisitor(bench.api, `session=${visit.agent.cookie('session')}`)
    const { body } = await visitor.ask('GET /auth/session')
    expect(body).toMatchObject({
      user: { id: user?.['id'], email: person.email },
      organizations: [{ role: 'owner' }],
      secondFactor: false,
    })
    expect(visit.agent.cookies()).toEqual(['session', 'browser'])
  })

  it.each([
    ['no name', undefined, 'outside'],
    ['a name of another form', 'x'.repeat(101), 'outside'],
    ['a name with what reverses text', 'a\u202eb', 'outside'],
    ['a name in white space', '  Olga  ', 'Olga'],
  ])('with %s is called something nevertheless', async (_, name, expected) => {
    const person = newPerson({ name })
    bench.acme.person = person
    await createVisit(bench).logIn('acme')
    const [user] = await usersAt(person.email)
    expect(user?.['name']).toMatch(new RegExp(`^${expected}`))
  })

  it('has one account however often, and however differently their address is written', async () => {
    const person = newPerson()
    bench.acme.person = { ...person, email: person.email.toUpperCase() }
    await createVisit(bench).logIn('acme')
    bench.acme.person = { ...person, email: 'moved@elsewhere.test', email_verified: false }
    const page = await createVisit(bench).logIn('acme')
    expect(page.text).toContain(signedInAs(person.email))
    expect(await usersAt(person.email)).toHaveLength(1)
    expect(await usersAt('moved@elsewhere.test')).toEqual([])
  })

  it('has one account when two browsers come at once', async () => {
    const person = newPerson()
    bench.acme.person = person
    const visits = [1, 2, 3, 4].map(() => createVisit(bench))
    const callbacks = await Promise.all(
      visits.map(async (visit) => visit.answer(await visit.begin('acme'))),
    )
    const pages = await Promise.all(
      visits.map((visit, index) => visit.arrive(callbacks[index] ?? new URL('about:blank'))),
    )
    for (const page of pages) expect(page.text).toContain(signedInAs(person.email))
    const identities = await bench.world.sql.run(
      'SELECT user_id FROM external_identities WHERE subject = $1',
      [person.sub],
    )
    expect([await usersAt(person.email), identities].map(({ length }) => length)).toEqual([1, 1])
  })
})

describe('somebody with an account', () => {
  it('is linked by an address that both have verified, told by mail, and keeps their password', async () => {
    const user = await bench.world.createPerson()
    bench.acme.person = newPerson({ email: user.email })
    const page = await createVisit(bench).logIn('acme')
    expect(page.text).toContain(signedInAs(user.email))
    await waitForMail(bench.api, user.email, /something changed/)
    const passwords = await bench.world.sql.run('SELECT FROM passwords WHERE user_id = $1', [
      user.id,
    ])
    expect(passwords).toHaveLength(1)
    await createVisit(bench).logIn('acme')
    expect(await findMails(bench.api, user.email)).toHaveLength(1)
  })

  it('owes their code, and is nobody until it is given', async () => {
    const user = await bench.world.createPerson()
    const totp = await enrollTotp(bench.api, createVisitor(bench.api, user.cookie))
    bench.acme.person = newPerson({ email: user.email })
    const visit = createVisit(bench)
    const asked = await visit.logIn('acme', '?returnTo=/healthz')
    expect(asked.url).toContain('/account/code?returnTo=%2Fhealthz')
    const half = createVisitor(bench.api, `session=${visit.agent.cookie('session')}`)
    expect(await half.status()).toBe(401)
    const form = formOf(asked, '/account/code')
    const wrong = await visit.agent.open(form, { code: '000000', returnTo: '/healthz' })
    expect([wrong.status, wrong.text.includes('The code is wrong')]).toEqual([401, true])
    const right = { code: totp.nextCode(), returnTo: '/healthz' }
    expect((await visit.agent.open(form, right)).url).toBe(`${bench.origin}/healthz`)
    const whole = createVisitor(bench.api, `session=${visit.agent.cookie('session')}`)
    expect((await whole.ask('GET /auth/session')).body).toMatchObject({ secondFactor: true })
  })

  it('is refused like a wrong password where they are disabled, known or not', async () => {
    const user = await bench.world.createPerson()
    const person = newPerson({ email: user.email })
    bench.acme.person = person
    await bench.world.sql.run('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
    const first = await createVisit(bench).logIn('acme')
    const known = 'SELECT FROM external_identities WHERE user_id = $1'
    expect([first.status, await bench.world.sql.run(known, [user.id])]).toEqual([401, []])
    await bench.world.sql.run('UPDATE users SET disabled_at = NULL WHERE id = $1', [user.id])
    expect((await createVisit(bench).logIn('acme')).text).toContain(signedInAs(user.email))
    await bench.world.sql.run('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
    const visit = createVisit(bench)
    expect((await visit.logIn('acme')).status).toBe(401)
    expect(visit.agent.cookies()).toEqual([])
  })

  it('loses what a stranger set while nobody had verified the address (account pre-hijacking)', async () => {
    const user = await bench.world.createPerson()
    const { sql } = bench.world
    await enrollTotp(bench.api, createVisitor(bench.api, user.cookie))
    await openSession(bench.api, user.id)
    await sql.run('UPDATE users SET email_verified_at = NULL WHERE id = $1', [user.id])
    const person = newPerson({ email: user.email })
    await sql.run(
      `INSERT INTO external_identities (issuer, subject, user_id, provider)
       VALUES ($1, 'of the stranger', $2, 'acme')`,
      [bench.acme.issuer, user.id],
    )
    bench.acme.person = person
    const page = await createVisit(bench).logIn('acme')
    expect(page.text).toContain(signedInAs(user.email))
    const counts = await Promise.all(
      ['passwords', 'sessions', 'totp_secrets', 'recovery_codes', 'external_identities'].map(
        async (table) =>
          (await sql.run(`SELECT FROM ${table} WHERE user_id = $1`, [user.id])).length,
      ),
    )
    expect(counts).toEqual([0, 1, 0, 0, 1])
    expect(await createVisitor(bench.api, user.cookie).status()).toBe(401)
    expect(await usersAt(user.email)).toMatchObject([{ email_verified_at: expect.any(Date) }])
  })

  it('that is only a registration yet: the stranger’s link dies', async () => {
    const person = newPerson()
    const visitor = createVisitor(bench.api)
    const stranger = { email: person.email, password: 'a stranger chose this', name: 'Mallory' }
    await visitor.ask('POST /auth/register', stranger)
    const { text } = await waitForMail(bench.api, person.email, /^Confirm your e-mail/)
    const token = /#([\w-]{49})$/m.exec(text)?.[1]
    bench.acme.person = person
    expect((await createVisit(bench).logIn('acme')).text).toContain(signedInAs(person.email))
    const waiting = 'SELECT FROM one_time_tokens WHERE email = $1'
    expect(await bench.world.sql.run(waiting, [person.email])).toEqual([])
    const { status } = await visitor.ask('POST /auth/email/verify', {
      token,
      password: stranger.password,
    })
    expect(status).toBe(400)
    expect(await usersAt(person.email)).toMatchObject([{ name: 'Olga Outside' }])
  })
})

describe('an address', () => {
  const unproven: readonly [why: string, claims: Readonly<Record<string, unknown>>][] = [
    ['that is not verified', { email_verified: false }],
    ['of which nothing is said', { email_verified: undefined }],
    ['that is verified in words', { email_verified: 'true' }],
    ['that is verified by a number', { email_verified: 1 }],
    ['that is none', { email: 'no address' }],
    ['that is missing', { email: undefined }],
    ['that nobody can have', { email: 'service-1@service.invalid' }],
    ['in other letters', { email: '\u212Aelvin@elsewhere.test' }],
  ]

  it.each(unproven)('%s makes no account, and links to none', async (_, claims) => {
    const user = await bench.world.createPerson()
    const before = await bench.world.sql.run('SELECT count(*) FROM users')
    bench.acme.person = newPerson({ email: user.email, ...claims })
    const visit = createVisit(bench)
    const page = await visit.logIn('acme')
    expect([page.status, page.text.includes('not verified')]).toEqual([403, true])
    expect(page.text).not.toContain('@')
    expect(visit.agent.cookies()).toEqual([])
    expect(await bench.world.sql.run('SELECT count(*) FROM users')).toEqual(before)
    const links = 'SELECT FROM external_identities WHERE user_id = $1'
    expect(await bench.world.sql.run(links, [user.id])).toEqual([])
  })

  const words: readonly [
    provider: 'google' | 'microsoft',
    claims: Readonly<Record<string, unknown>>,
    status: number,
  ][] = [
    ['google', { email: 'g1@gmail.com' }, 200],
    ['google', { hd: 'elsewhere.test' }, 200],
    ['google', {}, 403],
    ['google', { hd: '' }, 403],
    ['google', { hd: 'elsewhere.test', email_verified: false }, 403],
    ['google', { email: 'g2@evilgmail.com' }, 403],
    ['microsoft', { xms_edov: true }, 200],
    ['microsoft', { xms_edov: '1' }, 200],
    ['microsoft', {}, 403],
    ['microsoft', { xms_edov: false }, 403],
    ['microsoft', { xms_edov: '0' }, 403],
    ['microsoft', { xms_edov: 'yes' }, 403],
  ]

  it.each(words)('of %s with %j is answered by %i', async (provider, claims, status) => {
    bench.presets.person = newPerson(claims)
    expect((await createVisit(bench).logIn(provider)).status).toBe(status)
  })
})

beforeEach(() => {
  bench.acme.change = (answer) => answer
})
