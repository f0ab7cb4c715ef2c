import * as oauth from 'openid-client'
import { describe, expect, it } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { ask, discover, errorOf, exchange, follow, obtain } from '../support/oauth-flows.ts'
import { type OAuthBench, useOAuth } from '../support/use-oauth.ts'
import { useToken } from '../support/use-token.ts'

let bench: OAuthBench
let person: Person
let config: oauth.Configuration

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
  config = await discover(made, await made.createClient())
})

const atOnce = 20
const refresh = (token: string) => oauth.refreshTokenGrant(config, token)
const start = async () => (await obtain(bench, config, person)).refresh_token ?? ''
const events = async (action: string) => {
  await bench.api.services.audit.flush()
  return bench.world.sql.run(
    `SELECT actor, outcome, code FROM audit.page($2, NULL, $1, NULL, NULL, NULL, NULL, NULL, 1000) e
      WHERE actor = $2`,
    [action, person.id],
  )
}

/** Puts the use of every refresh token so far into the past, beyond the grace of racing tabs. */
const passGrace = () =>
  bench.world.sql.run(
    "UPDATE oauth_records SET consumed_at = consumed_at - interval '11 seconds' WHERE consumed_at IS NOT NULL",
  )

describe('tabs that refresh at once (faults 26)', () => {
  it(`of ${atOnce}, all get the one successor, and the chain goes on`, async () => {
    const token = await start()
    const answers = await Promise.all(Array.from({ length: atOnce }, () => refresh(token)))
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1)
    const [next = ''] = answers.map((answer) => answer.refresh_token ?? '')
    expect(next).not.toBe(token)
    for (const { access_token: access } of answers.slice(0, 3)) {
      expect(await useToken(bench.api, access, person)).toBe(200)
    }
    expect((await refresh(next)).refresh_token).not.toBe(next)
  })

  it('a tab that comes a moment later gets the same successor', async () => {
    const token = await start()
    const first = await refresh(token)
    const second = await refresh(token)
    expect(second.refresh_token).toBe(first.refresh_token)
    expect((await refresh(first.refresh_token ?? '')).access_token).toBeTruthy()
  })

  it('leave one live token in the database, and the used one', async () => {
    const token = await start()
    const live = `SELECT r.consumed_at IS NULL AS live, count(*)::int AS count FROM oauth_records r
      WHERE r.kind = 'RefreshToken' AND r.grant_id =
        (SELECT id FROM oauth_grants ORDER BY created_at DESC LIMIT 1) GROUP BY 1 ORDER BY 1`
    await Promise.all(Array.from({ length: atOnce }, () => refresh(token)))
    expect(await bench.world.sql.run(live)).toEqual([
      { live: false, count: 1 },
      { live: true, count: 1 },
    ])
  })
})

describe('a refresh token that was used before (G03)', () => {
  it('after its grace ends the family: tokens of all kinds, and says so in the audit log', async () => {
    const before = (await events('oauth.tokenReuse')).length
    const token = await start()
    const { access_token: access, refresh_token: next = '' } = await refresh(token)
    expect(await useToken(bench.api, access, person)).toBe(200)
    await passGrace()
    expect(await errorOf(refresh(token))).toBe('invalid_grant')
    expect(await useToken(bench.api, access, person)).toBe(401)
    expect(await errorOf(refresh(next))).toBe('invalid_grant')
    const reuses = await events('oauth.tokenReuse')
    expect(reuses.slice(before)).toEqual([
      { actor: person.id, outcome: 'denied', code: 'invalid_grant' },
    ])
    expect(bench.api.log()).toContainEqual(
      expect.objectContaining({
        level: 'error',
        event: expect.stringMatching(`^authn_token_reuse:${person.id},`),
        action: 'oauth.tokenReuse',
      }),
    )
  })

  it('after its grace is an alert at once, and one for all of its uses', async () => {
    const other = await bench.world.createPerson()
    const { refresh_token: token = '' } = await obtain(bench, config, other)
    await refresh(token)
    await bench.api.services.detection.flush()
    const alerts = () =>
      bench.world.sql.run(`SELECT rule, severity::text FROM alerts WHERE subject = $1`, [other.id])
    expect(await alerts()).toEqual([])
    await passGrace()
    for (let use = 0; use < 3; use += 1) {
      expect(await errorOf(refresh(token))).toBe('invalid_grant')
    }
    const expected = [{ rule: 'token_reuse', severity: 'critical' }]
    await expect.poll(alerts, { timeout: 10_000 }).toEqual(expected)
  })

  it('within its grace, once its successor was used, ends the family too', async () => {
    const token = await start()
    const { refresh_token: next = '' } = await refresh(token)
    const { refresh_token: last = '' } = await refresh(next)
    expect(await errorOf(refresh(token))).toBe('invalid_grant')
    expect(await errorOf(refresh(last))).toBe('invalid_grant')
  })

  it('leaves other families of the same person and client alone', async () => {
    const [stolen, own] = [await start(), await start()]
    await refresh(stolen)
    await passGrace()
    expect(await errorOf(refresh(stolen))).toBe('invalid_grant')
    expect((await refresh(own)).access_token).toBeTruthy()
  })

  it('in many requests at once after its grace buys nothing', async () => {
    const token = await start()
    await refresh(token)
    await passGrace()
    const all = Array.from({ length: atOnce }, () => errorOf(refresh(token)))
    expect(new Set(await Promise.all(all))).toEqual(new Set(['invalid_grant']))
  })
})

describe('an authorization code (faults 27)', () => {
  it(`of ${atOnce} exchanges at once exactly one buys tokens, which end when the code comes again`, async () => {
    const before = (await events('oauth.codeReuse')).length
    const asked = await ask(config)
    const answer = await follow(bench, asked, person)
    const all = Array.from({ length: atOnce }, () => exchange(config, asked, answer))
    const outcomes = await Promise.allSettled(all)
    const bought = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(bought).toHaveLength(1)
    await exchange(config, asked, answer).catch(() => null)
    // Whoever else has the code has it from somebody: what it bought ends (RFC 6749, section 4.1.2).
    for (const { access_token: access, refresh_token: token = '' } of bought) {
      expect(await useToken(bench.api, access, person)).toBe(401)
      expect(await errorOf(refresh(token))).toBe('invalid_grant')
    }
    expect((await events('oauth.codeReuse')).length).toBeGreaterThan(before)
  })
})

it('a pushed request is good once', async () => {
  const server = await discover(bench, await bench.createClient({ kind: 'server', name: 'Server' }))
  const asked = await ask(server)
  const parameters = Object.fromEntries(asked.url.searchParams)
  const url = await oauth.buildAuthorizationUrlWithPAR(server, parameters)
  // A used one goes nowhere: it says no more where the browser would be sent back to.
  const codeOf = async () => {
    const answer = await follow(bench, { url }, person).catch(() => null)
    return answer?.searchParams.get('code') ?? null
  }
  const codes = await Promise.all(Array.from({ length: 5 }, codeOf))
  expect(codes.filter(Boolean)).toHaveLength(1)
  expect(await codeOf()).toBeNull()
})
