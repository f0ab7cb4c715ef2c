import { readOutbox } from '@repo/mail'
import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import { exchangeRequest } from '../support/exchange.ts'
import { findMails, tokenIn, waitForMail } from '../support/mails.ts'
import { problemOf } from '../support/problem-of.ts'
import { listProcedures } from '../support/procedures.ts'
import { request } from '../support/request.ts'
import { createSubject, samples } from '../support/samples.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { named, transports } from '../support/walk.ts'

let api: TestApi
let world: World

const own = 'https://api.test'

useWorld(
  (made) => {
    ;({ api, world } = made)
  },
  { environment: { BASE_URL: own, ALLOWED_HOSTS: 'api.test,127.0.0.1' } },
)

const freshEmail = () => `${crypto.randomUUID()}@host.test`

describe('a link in a mail', () => {
  const json = [
    'Content-Type: application/json',
    'X-Forwarded-For: 192.0.2.1',
    'X-Forwarded-Proto: https',
  ]
  const post = (path: string, body: object, headers: readonly string[]) =>
    exchangeRequest(api.url, `POST /api${path}`, [...json, ...headers], JSON.stringify(body))
  const forwarded = [
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Proto: http',
    'X-Forwarded-Port: 8080',
    'X-Forwarded-Prefix: /evil',
    'Forwarded: host=evil.test;proto=http',
    'X-Original-URL: //evil.test/',
    'Origin: https://api.test',
    'Referer: https://evil.test/',
  ]
  const refusals: Readonly<Record<string, number>> = {
    'X-Forwarded-Host: evil.test': 421,
    // The last proxy says that the caller came over plain HTTP.
    'X-Forwarded-Proto: http': 403,
  }
  const asks: readonly (readonly [string, (email: string) => readonly [string, object]])[] = [
    ['a registration', (email) => ['/auth/register', { email, password, name: 'Nora' }]],
    ['a forgotten password', (email) => ['/auth/password/forgot', { email }]],
  ]
  const makeEmail = async (path: string) =>
    path === '/auth/register' ? freshEmail() : (await world.createPerson()).email

  it.each(asks)('to %s begins with BASE_URL, whatever a proxy says', async (_name, toAsk) => {
    for (const header of forwarded) {
      const email = await makeEmail(toAsk('')[0])
      const [path, body] = toAsk(email)
      const asked = await post(path, body, [header])
      const refusal = refusals[header]
      if (refusal) {
        expect(asked.status, header).toBe(refusal)
        expect(await findMails(api, email)).toEqual([])
        continue
      }
      expect(asked.status, header).toBe(202)
      const { text } = await waitForMail(api, email, /./)
      const links = text.match(/\S*:\/\/\S*/g) ?? []
      expect(links).toHaveLength(1)
      expect(links[0]).toMatch(/^https:\/\/api\.test\/account\/[\w-]+#[\w-]{49}$/)
    }
  })

  it.each(asks)('to %s is not asked for at another Host', async (_name, toAsk) => {
    const email = await makeEmail(toAsk('')[0])
    const [path, body] = toAsk(email)
    for (const host of ['evil.test', 'api.test.evil.test', 'api.test@evil.test']) {
      const asked = await post(path, body, [`Host: ${host}`])
      expect(asked.status, host).toBeGreaterThanOrEqual(400)
    }
    expect((await post(path, body, ['Host: api.test'])).status).toBe(202)
    const { text } = await waitForMail(api, email, /./)
    expect(text).toContain('https://api.test/')
    expect(await findMails(api, email)).toHaveLength(1)
  })

  it('to a change of address begins with BASE_URL too, in both mails', async () => {
    const person = await world.createPerson()
    const email = freshEmail()
    const cookie = `Cookie: ${person.cookie}`
    const asked = await post('/auth/email/change', { email }, [cookie, 'Host: api.test'])
    expect(asked.status).toBe(202)
    for (const address of [person.email, email]) {
      const mail = await waitForMail(api, address, /Confirm the change/)
      expect(mail.text).toContain(`https://api.test/account/confirm-email#${tokenIn(mail)}`)
    }
    expect(JSON.stringify(await readOutbox(api.outbox))).not.toContain('evil.test')
  })
})

const unsafe = listProcedures(appRouter).filter(({ type }) => type === 'mutation')

/** What a browser says of a page that is not ours. */
const strangers = [
  { origin: 'null' },
  { origin: 'https://evil.test' },
  { origin: 'https://sibling.api.test' },
  { 'sec-fetch-site': 'same-site', origin: 'https://sibling.test' },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
]

describe.each(named(unsafe))('%s', (_path, procedure) => {
  it('does nothing for a page of another site, a sibling included', async () => {
    const person: Person = await world.createPerson({ role: 'owner' })
    const subject = await createSubject(world, person)
    const input = samples[procedure.path]?.(subject)
    const { cookie } = person
    const before = await takeSnapshot(world.sql)
    for (const headers of strangers) {
      for (const [name, call] of transports) {
        const answer = await call(api.url, procedure, input, { cookie, headers })
        const what = `${name}, ${JSON.stringify(headers)}`
        expect([answer.status, problemOf(answer.body)?.code], what).toEqual([
          403,
          'cross_site_request',
        ])
        expect(answer.headers.getSetCookie()).toEqual([])
      }
    }
    expect(await takeSnapshot(world.sql)).toBe(before)
    for (const [name, call] of transports) {
      const headers = { 'sec-fetch-site': 'same-origin' }
      const answer = await call(api.url, procedure, input, { cookie, headers })
      expect(problemOf(answer.body)?.code, name).not.toBe('cross_site_request')
    }
  })
})

describe('a form of another site', () => {
  const types = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']
  const routes = ['login', 'register', 'password/forgot', 'passkeys/login/options']

  it.each(routes)('does not reach /api/auth/%s', async (route) => {
    const { email } = await world.createPerson()
    const body = JSON.stringify({ email, password })
    for (const type of types) {
      const submit = (site: Record<string, string>) =>
        request(`${api.url}/api/auth/${route}`, {
          method: 'POST',
          body,
          headers: { 'content-type': type, ...site },
        })
      const crossSite = await submit({
        'sec-fetch-site': 'cross-site',
        origin: 'https://evil.test',
      })
      expect(crossSite.status, type).toBe(403)
      const answer = await submit({})
      expect([400, 415], type).toContain(answer.status)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    expect(await findMails(api, email)).toEqual([])
    const visitor = createVisitor(api)
    expect((await visitor.ask('POST /auth/login', { email, password })).status).toBe(200)
  })
})
