import * as oauth from 'openid-client'
import { describe, expect, it } from 'vitest'
import { createVisitor } from '../support/create-visitor.ts'
import { join, type Person, password } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { waitForToken } from '../support/mails.ts'
import { ask, discover, errorOf, follow, obtain, type Tokens } from '../support/oauth-flows.ts'
import { requireSecondFactor } from '../support/organizations.ts'
import { request } from '../support/request.ts'
import { type OAuthBench, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench

useOAuth((made) => {
  bench = made
})

interface Held {
  readonly person: Person
  readonly clientId: string
  readonly config: oauth.Configuration
  readonly tokens: Tokens
}

async function hold(): Promise<Held> {
  const person = await bench.world.createPerson()
  const client = await bench.createClient({ kind: 'server', name: 'Server' })
  const config = await discover(bench, client)
  return { person, clientId: client.id, config, tokens: await obtain(bench, config, person) }
}

const sql = (text: string, value: string) => bench.world.sql.run(text, [value])
const visit = ({ cookie }: Person) => createVisitor(bench.api, cookie)
const clients = () => bench.api.clients

async function done(answer: Promise<{ readonly status: number; readonly text: string }>) {
  const { status, text } = await answer
  expect(status, text).toBeLessThan(300)
}

/** Every way in which what a program may do ends; tokens die on the next request, and do not come back. */
const ends: readonly (readonly [string, (held: Held) => Promise<unknown>])[] = [
  [
    'its user takes the grant away',
    async ({ person }) => {
      const [grant] = await bench.api.services.oauth.grants.list(person.id)
      const { body } = await visit(person).ask('GET /grants')
      expect(body?.['items']).toMatchObject([{ id: grant?.id, clientName: 'Server' }])
      await done(visit(person).ask(`DELETE /grants/${grant?.id}`))
    },
  ],
  [
    'the client revokes its refresh token',
    ({ config, tokens }) => oauth.tokenRevocation(config, tokens.refresh_token ?? ''),
  ],
  ['the client is disabled', ({ clientId }) => clients().update(clientId, { disabled: true })],
  ['the client is deleted', ({ clientId }) => clients().delete(clientId)],
  ['the client may ask for less', ({ clientId }) => clients().update(clientId, { scopes: [] })],
  [
    'its user is disabled',
    ({ person }) => sql('UPDATE users SET disabled_at = now() WHERE id = $1', person.id),
  ],
  [
    'its user leaves the organization',
    ({ person }) => sql('UPDATE memberships SET removed_at = now() WHERE user_id = $1', person.id),
  ],
  [
    'its user changes the password',
    ({ person }) =>
      done(
        visit(person).ask('POST /auth/password/change', {
          currentPassword: password,
          newPassword: 'an entirely new passphrase',
        }),
      ),
  ],
  [
    'its user sets a new password by mail',
    async ({ person }) => {
      const visitor = createVisitor(bench.api)
      await visitor.ask('POST /auth/password/forgot', { email: person.email })
      const token = await waitForToken(bench.api, person.email, 'reset')
      const input = { token, password: 'an entirely new passphrase' }
      await done(visitor.ask('POST /auth/password/reset', input))
    },
  ],
  ['its user deletes the account', ({ person }) => done(visit(person).ask('DELETE /account'))],
]

describe.each(ends)('when %s', (_what, end) => {
  it('an access token is refused on the next request, and the refresh token buys none', async () => {
    const held = await hold()
    const { person, config, tokens } = held
    const other = await hold()
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
    await end(held)
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(401)
    const refused = await errorOf(oauth.refreshTokenGrant(config, tokens.refresh_token ?? ''))
    expect(['invalid_grant', 'invalid_client']).toContain(refused)
    expect(await useToken(bench.api, other.tokens.access_token, other.person)).toBe(200)
  })
})

it('a role that is taken away bites on the next request', async () => {
  const { person, tokens } = await hold()
  const create = () =>
    useToken(bench.api, tokens.access_token, person, {
      method: 'POST',
      body: { currency: 'EUR', totalCents: 1 },
    })
  expect(await create()).toBe(201)
  await sql("UPDATE memberships SET role = 'viewer' WHERE user_id = $1", person.id)
  expect(await create()).toBe(403)
  expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
})

it('a service’s token ends with its membership and with its client', async () => {
  for (const end of [
    (id: string) => sql('UPDATE memberships SET removed_at = now() WHERE user_id = $1', id),
    (id: string) => clients().update(id, { disabled: true }),
    (id: string) => clients().delete(id),
  ]) {
    const client = await bench.createService()
    const config = await discover(bench, client)
    const { access_token: token } = await oauth.clientCredentialsGrant(config, {
      scope: 'order:read:own',
    })
    expect(await useToken(bench.api, token, client)).toBe(200)
    await end(client.id)
    expect(await useToken(bench.api, token, client)).toBe(401)
  }
})

it('a token acts in the organization it was given for, not in another of its user’s', async () => {
  const { person, tokens } = await hold()
  const { globex } = bench.world
  await join(bench.world.sql, globex, person.id, 'member')
  const within = (organizationId: string) => ({ 'x-organization-id': organizationId })
  const use = (organizationId: string) =>
    useToken(bench.api, tokens.access_token, person, { headers: within(organizationId) })
  expect(await use(person.organizationId)).toBe(200)
  expect(await use(globex)).toBe(404)
  // The person may, in both.
  const url = `${bench.origin}/api/users/${person.id}/orders`
  for (const organizationId of [person.organizationId, globex]) {
    const asked = { cookie: person.cookie, headers: within(organizationId) }
    expect((await request(url, asked)).status).toBe(200)
  }
})

it('a service may do at once what its client may, and no more', async () => {
  const { acme: organizationId } = bench.world
  const both = ['order:read:own', 'order:create:own']
  const service = { kind: 'service', redirectUris: [], firstParty: false } as const
  const client = await bench.createClient({ ...service, organizationId, scopes: both })
  const config = await discover(bench, client)
  const { access_token: token } = await oauth.clientCredentialsGrant(config)
  const body = { currency: 'EUR', totalCents: 1 }
  const create = () => useToken(bench.api, token, client, { method: 'POST', body })
  expect(await create()).toBe(201)
  await clients().update(client.id, { scopes: ['order:read:own'] })
  expect(await create()).toBe(403)
  expect(await useToken(bench.api, token, client)).toBe(200)
})

it('a client that may ask for more keeps what it was given', async () => {
  const person = await bench.world.createPerson()
  const client = await bench.createClient({ scopes: ['order:read:own'] })
  const config = await discover(bench, client)
  const tokens = await obtain(bench, config, person)
  expect(tokens.scope).toContain('openid')
  await clients().update(client.id, { scopes: ['order:read:own', 'order:create:own'] })
  expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
})

it('an authorization that buys nothing is over with its code, and leaves nothing behind', async () => {
  const { person, config, tokens } = await hold()
  const left = await bench.createClient()
  for (let round = 0; round < 5; round += 1) {
    await follow(bench, await ask(await discover(bench, left), {}), person)
  }
  const countGrants = async () =>
    (await sql('SELECT id FROM oauth_grants WHERE user_id = $1', person.id)).length
  expect(await countGrants()).toBe(6)
  bench.api.moveClock(121)
  try {
    const { grants } = bench.api.services.oauth
    expect(await grants.list(person.id)).toMatchObject([{ clientName: 'Server' }])
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
    await follow(bench, await ask(config), person)
    expect(await countGrants()).toBe(2)
  } finally {
    bench.api.moveClock(-121)
  }
})

it('a second factor that is turned off is none of a token’s any more', async () => {
  const person = await bench.world.createPerson()
  const visitor = visit(person)
  await enrollTotp(bench.api, visitor)
  const config = await discover(bench, await bench.createClient())
  const cookie = visitor.cookie ?? ''
  const tokens = await obtain(bench, config, { ...person, cookie })
  const { organizationId } = person
  const require = (is: boolean) => requireSecondFactor(bench.world, organizationId, is)
  await require(true)
  try {
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
    await done(visitor.ask('POST /auth/mfa/totp/disable'))
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(403)
    const fresh = await oauth.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(await useToken(bench.api, fresh.access_token, person)).toBe(403)
  } finally {
    await require(false)
  }
})

it('where a second factor is required, a token of a session without one does not act', async () => {
  const { person, tokens } = await hold()
  const require = (is: boolean) => requireSecondFactor(bench.world, person.organizationId, is)
  await require(true)
  expect(await useToken(bench.api, tokens.access_token, person)).toBe(403)
  await require(false)
  expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
})
