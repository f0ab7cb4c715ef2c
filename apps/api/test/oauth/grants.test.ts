import { decodeJwt } from 'jose'
import { type Configuration, refreshTokenGrant } from 'openid-client'
import { describe, expect, it } from 'vitest'
import { createVisitor } from '../support/create-visitor.ts'
import type { Person } from '../support/create-world.ts'
import { ask, discover, errorOf, exchange, follow, obtain } from '../support/oauth-flows.ts'
import { type OAuthBench, type TestClient, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench
let client: TestClient
let config: Configuration

useOAuth(async (made) => {
  bench = made
  client = await made.createClient()
  config = await discover(made, client)
})

async function hold() {
  const person = await bench.world.createPerson()
  const tokens = await obtain(bench, config, person)
  const grantId = String(decodeJwt(tokens.access_token)['grant_id'])
  const use = () => useToken(bench.api, tokens.access_token, person)
  const end = (id: string) => createVisitor(bench.api, person.cookie).ask(`DELETE /grants/${id}`)
  return { person, tokens, grantId, use, end }
}

/** The refresh tokens of a person that nobody has used. */
async function countTokens({ id }: Person) {
  const text = `SELECT count(*)::int AS count FROM oauth_records r JOIN oauth_grants g
    ON g.id = r.grant_id WHERE g.user_id = $1 AND r.kind = 'RefreshToken' AND r.consumed_at IS NULL`
  const [row] = await bench.world.sql.run(text, [id])
  return row?.['count']
}

describe('a grant that its user takes away', () => {
  it('is theirs: another’s is not found, and goes on', async () => {
    const [own, other] = [await hold(), await hold()]
    const refused = await own.end(other.grantId)
    expect([refused.status, refused.body?.['code']]).toEqual([404, 'not_found'])
    expect([await other.use(), await own.use()]).toEqual([200, 200])
    expect((await other.end(other.grantId)).status).toBe(204)
    expect([await other.use(), await own.use()]).toEqual([401, 200])
    expect((await other.end(other.grantId)).status).toBe(404)
  })

  it('is not for an owner of the organization or an administrator to take', async () => {
    const held = await hold()
    const owner = await bench.world.createPerson({ role: 'owner', platformRole: 'admin' })
    const visitor = createVisitor(bench.api, owner.cookie)
    expect((await visitor.ask(`DELETE /grants/${held.grantId}`)).status).toBe(404)
    expect(await held.use()).toBe(200)
  })
})

describe('a grant that ends while a token is made', () => {
  /** Ends a grant at the moment that a code or a token of it is used up, in the same request. */
  async function endAtUse(change: string, task: () => Promise<unknown>) {
    const { sql } = bench.world
    await sql.run(`CREATE FUNCTION public.end_at_use() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN ${change}; RETURN NULL; END $$`)
    await sql.run(`CREATE TRIGGER end_at_use AFTER UPDATE OF consumed_at ON oauth_records
      FOR EACH ROW WHEN (NEW.consumed_at IS NOT NULL) EXECUTE FUNCTION public.end_at_use()`)
    try {
      return await errorOf(task())
    } finally {
      await sql.run('DROP FUNCTION public.end_at_use CASCADE')
    }
  }

  const ends = [
    ['is deleted', 'DELETE FROM public.oauth_grants WHERE id = NEW.grant_id'],
    ['is over', 'UPDATE public.oauth_grants SET expires_at = now() WHERE id = NEW.grant_id'],
  ] as const

  it.each(ends)('by a code, and %s, keeps none and tells none', async (_what, change) => {
    const person = await bench.world.createPerson()
    const asked = await ask(config)
    const answer = await follow(bench, asked, person)
    const buy = () => exchange(config, asked, answer)
    expect(await endAtUse(change, buy)).toBe('invalid_grant')
    expect(await countTokens(person)).toBe(0)
    const again = await ask(config)
    const bought = await exchange(config, again, await follow(bench, again, person))
    expect(bought.refresh_token).toBeTruthy()
    expect(await countTokens(person)).toBe(1)
  })

  it.each(ends)('by a refresh token, and %s, keeps none', async (_what, change) => {
    const { tokens, person } = await hold()
    const spend = () => refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(await endAtUse(change, spend)).toBe('invalid_grant')
    const control = await hold()
    const next = await refreshTokenGrant(config, control.tokens.refresh_token ?? '')
    expect(next.refresh_token).toBeTruthy()
    expect(await countTokens(person)).toBe(0)
    expect(await countTokens(control.person)).toBe(1)
  })
})
