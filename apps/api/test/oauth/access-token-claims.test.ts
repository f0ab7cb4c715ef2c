import { decodeJwt, type JWTPayload } from 'jose'
import * as oauth from 'openid-client'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { discover, obtain } from '../support/oauth-flows.ts'
import { openServerKey, type SignAsServer } from '../support/sign-as-server.ts'
import { type OAuthBench, type TestClient, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench
let person: Person
let client: TestClient
let sign: SignAsServer

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
  client = await made.createClient()
  sign = await openServerKey(made)
})

/** What a genuine token of the person says. */
async function genuine(): Promise<JWTPayload> {
  const { access_token: token } = await obtain(bench, await discover(bench, client), person)
  return decodeJwt(token)
}

const use = (token: string, { id }: { readonly id: string } = person) =>
  useToken(bench.api, token, { id })

describe('a token that the server’s own key has signed', () => {
  let claims: JWTPayload
  beforeAll(async () => {
    claims = await genuine()
  })

  const now = () => Math.floor(Date.now() / 1_000)
  const changes: readonly (readonly [string, () => Readonly<Record<string, unknown>>])[] = [
    ['for another audience', () => ({ aud: 'https://other.test/api' })],
    ['for the issuer, which is no audience', () => ({ aud: bench.origin })],
    ['for an audience that begins as ours', () => ({ aud: `${bench.audience}/v2` })],
    ['for no audience', () => ({ aud: undefined })],
    ['of another issuer', () => ({ iss: 'https://other.test' })],
    ['of the issuer with a slash more', () => ({ iss: `${bench.origin}/` })],
    ['of no issuer', () => ({ iss: undefined })],
    ['without exp', () => ({ exp: undefined })],
    ['without iat', () => ({ iat: undefined })],
    ['without jti', () => ({ jti: undefined })],
    ['without sub', () => ({ sub: undefined })],
    ['without client_id', () => ({ client_id: undefined })],
    ['that is over', () => ({ exp: now() - 1 })],
    ['that is not good yet', () => ({ nbf: now() + 60 })],
  ]

  it.each(changes)('%s is refused', async (_what, change) => {
    expect(await use(await sign(Object.assign({}, claims, change())))).toBe(401)
    // The same claims and key, unchanged: nothing else is what it was refused for.
    expect(await use(await sign(claims))).toBe(200)
  })

  it.each(['JWT', 'dpop+jwt', undefined])('of the typ %s is refused', async (typ) => {
    expect(await use(await sign(claims, { typ }))).toBe(401)
    expect(await use(await sign(claims))).toBe(200)
  })
})

describe('a grant', () => {
  it('of another client is none', async () => {
    const claims = await genuine()
    const other = await bench.createClient({ name: 'Other' })
    expect(await use(await sign({ ...claims, client_id: other.id }))).toBe(401)
    expect(await use(await sign(claims))).toBe(200)
  })

  it('of another user is none', async () => {
    const claims = await genuine()
    const other = await bench.world.createPerson()
    expect(await use(await sign({ ...claims, sub: other.id }), other)).toBe(401)
    expect(await use(await sign(claims))).toBe(200)
  })

  it('that is over ends a token that is not', async () => {
    const claims = await genuine()
    const token = await sign(claims)
    expect(await use(token)).toBe(200)
    const end = "UPDATE oauth_grants SET expires_at = now() - interval '1 second' WHERE id = $1"
    await bench.world.sql.run(end, [claims['grant_id']])
    expect(await use(token)).toBe(401)
  })

  it('that there never was is none', async () => {
    const claims = await genuine()
    expect(await use(await sign({ ...claims, grant_id: crypto.randomUUID() }))).toBe(401)
    expect(await use(await sign(claims))).toBe(200)
  })
})

describe('a token without a grant', () => {
  async function genuineOfService(): Promise<JWTPayload> {
    const config = await discover(bench, await bench.createService())
    const asked = { scope: 'order:read:own' }
    return decodeJwt((await oauth.clientCredentialsGrant(config, asked)).access_token)
  }
  const idOf = ({ sub = '' }: JWTPayload) => ({ id: sub })

  it('is a service’s own, and no person’s', async () => {
    const service = await genuineOfService()
    expect(service['grant_id']).toBeUndefined()
    expect(await use(await sign(service), idOf(service))).toBe(200)
    // A colleague in the organization of the service.
    expect(await use(await sign({ ...service, sub: person.id }))).toBe(401)
  })

  it('is no other service’s', async () => {
    const [own, other] = [await genuineOfService(), await genuineOfService()]
    expect(await use(await sign({ ...own, sub: idOf(other).id }), idOf(other))).toBe(401)
    expect(await use(await sign(other), idOf(other))).toBe(200)
  })

  it('is none of a client that is no service', async () => {
    const { grant_id: _without, ...claims } = await genuine()
    expect(await use(await sign(claims))).toBe(401)
  })

  it('is none of such a client that has the id of its user', async () => {
    const service = await genuineOfService()
    const become = (columns: string) =>
      bench.world.sql.run(`UPDATE oauth_clients SET ${columns} WHERE id = $1`, [service.sub])
    await become("kind = 'server', organization_id = NULL, redirect_uris = '{https://a.test}'")
    expect(await use(await sign(service), idOf(service))).toBe(401)
    await become(`kind = 'service', organization_id = '${bench.world.acme}', redirect_uris = '{}'`)
    expect(await use(await sign(service), idOf(service))).toBe(200)
  })
})
