import * as oauth from 'openid-client'
import { describe, expect, it } from 'vitest'
import { createAgent } from '../support/authorize.ts'
import type { Person } from '../support/create-world.ts'
import { ask, discover, errorOf, follow, obtain, type Tokens } from '../support/oauth-flows.ts'
import { postForm } from '../support/post-form.ts'
import { callback, type OAuthBench, type TestClient, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench
let person: Person
let client: TestClient
let config: oauth.Configuration
let tokens: Tokens
let code: string
let verifier: string
let interaction: string
let requestUri: string
let texts: ReadonlySet<string>

/** Every text in every table, and every word within it that could be a value of somebody's. */
async function dump(): Promise<ReadonlySet<string>> {
  const { sql } = bench.world
  const tables = await sql.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
  const rows = await Promise.all(
    tables.map(({ tablename }) => sql.run(`SELECT to_jsonb(t)::text AS row FROM "${tablename}" t`)),
  )
  const words = rows.flat().flatMap(({ row }) => String(row).split(/[^\w.:+/=-]+/))
  return new Set(words.filter((word) => word.length >= 16))
}

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
  client = await made.createClient({ kind: 'server', name: 'Server' })
  config = await discover(made, client)
  tokens = await obtain(made, config, person)
  const asked = await ask(config)
  verifier = asked.verifier
  code = (await follow(made, asked, person)).searchParams.get('code') ?? ''
  const pushed = await oauth.buildAuthorizationUrlWithPAR(config, {
    ...Object.fromEntries((await ask(config)).url.searchParams),
  })
  requestUri = pushed.searchParams.get('request_uri') ?? ''
  const page = await createAgent(made.origin).open((await ask(config)).url.href)
  interaction = page.url.split('/').at(-1) ?? ''
  texts = await dump()
})

describe('a dump of all tables', () => {
  it('holds what it is looked for in, so that it would be found', () => {
    expect(texts.has(client.id)).toBe(true)
    expect([...texts].some((text) => /^[0-9a-f]{64}$/.test(text))).toBe(true)
  })

  it('holds no code, token, secret, pushed request, interaction or private key', () => {
    const values = { code, verifier, interaction, secret: client.secret, ...tokens }
    const secrets = [values.code, values.verifier, values.interaction, values.secret]
    const issued = [tokens.access_token, tokens.refresh_token ?? '', tokens.id_token ?? '']
    const all = [...texts].join('\n')
    for (const secret of [...secrets, ...issued, requestUri.split(':').at(-1) ?? '']) {
      expect(secret.length).toBeGreaterThan(20)
      expect(all.includes(secret)).toBe(false)
    }
    expect(all).not.toMatch(/"d":|PRIVATE KEY/)
  })

  it('opens nothing: no text of it is a refresh token, a code, a secret or an access token', async () => {
    const url = `${bench.origin}/oauth/token`
    const basic = [client.id, client.secret] as const
    // What has the length of one: trying everything would take an hour.
    const tried = [...texts].filter((text) => text.length >= 40).slice(0, 150)
    expect(tried.length).toBeGreaterThan(10)
    for (const text of tried) {
      const refresh = { grant_type: 'refresh_token', refresh_token: text }
      expect((await postForm(url, refresh, { basic })).status).not.toBe(200)
      const exchange = { grant_type: 'authorization_code', code: text, redirect_uri: callback }
      const spent = await postForm(url, { ...exchange, code_verifier: verifier }, { basic })
      expect(spent.status).not.toBe(200)
      const proven = await postForm(url, refresh, { basic: [client.id, text] })
      expect(['invalid_client', 'invalid_request']).toContain(proven.body?.['error'])
      expect(await useToken(bench.api, encodeURIComponent(text), person)).not.toBe(200)
    }
  })

  it('the real values work', async () => {
    expect(await useToken(bench.api, tokens.access_token, person)).toBe(200)
    expect(await errorOf(oauth.refreshTokenGrant(config, tokens.refresh_token ?? ''))).toBe('none')
    const url = `${bench.origin}/oauth/token`
    const exchange = { grant_type: 'authorization_code', code, redirect_uri: callback }
    const basic = [client.id, client.secret] as const
    const bought = await postForm(url, { ...exchange, code_verifier: verifier }, { basic })
    expect(bought.status, bought.text).toBe(200)
  })
})
