import { expect, it } from 'vitest'
import { discover, obtain } from '../support/oauth-flows.ts'
import { postForm } from '../support/post-form.ts'
import { type OAuthBench, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench

useOAuth((made) => {
  bench = made
})

it('while the database has no time a client is asked to come back, and loses nothing', async () => {
  const person = await bench.world.createPerson()
  const client = await bench.createClient({ kind: 'server', name: 'Server' })
  const { refresh_token: token = '' } = await obtain(bench, await discover(bench, client), person)
  const refresh = () =>
    postForm(
      `${bench.origin}/oauth/token`,
      { grant_type: 'refresh_token', refresh_token: token },
      { basic: [client.id, client.secret] },
    )
  const run = (text: string) => bench.world.sql.run(text, [])
  const types = '(text, text, timestamptz, integer)'
  await run(`ALTER FUNCTION identity.find_oauth_record${types} RENAME TO find_oauth_record_in_time`)
  await run(`CREATE FUNCTION identity.find_oauth_record${types} RETURNS TABLE (payload text, spent boolean)
    LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too late' USING ERRCODE = '57014'; END $$`)
  await run(`GRANT EXECUTE ON FUNCTION identity.find_oauth_record${types} TO rampart_app`)
  try {
    const answer = await refresh()
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(answer.body).toEqual({ error: 'temporarily_unavailable' })
  } finally {
    await run(`DROP FUNCTION identity.find_oauth_record${types}`)
    await run(
      `ALTER FUNCTION identity.find_oauth_record_in_time${types} RENAME TO find_oauth_record`,
    )
  }
  expect((await refresh()).status).toBe(200)
})
