import { createHash, randomBytes } from 'node:crypto'
import { keyPermissions } from '@repo/rbac'
import { createAgent } from './authorize.ts'
import type { Person } from './create-world.ts'
import { request } from './request.ts'
import type { TestApi } from './start-api.ts'

const callback = 'https://client.test/callback'

/** A browser's client of our own, which may ask for everything; its id. */
export async function createFirstPartyClient({ clients }: TestApi): Promise<string> {
  const client = {
    kind: 'browser',
    name: 'Ours',
    scopes: keyPermissions,
    firstParty: true,
  } as const
  const rest = { redirectUris: [callback], organizationId: null }
  return (await clients.create({ ...client, ...rest })).id
}

/** An access token of somebody who is signed in, through the whole of an authorization. */
export async function issueToken(
  { url }: TestApi,
  asked: { readonly clientId: string; readonly person: Person; readonly scopes: readonly string[] },
): Promise<string> {
  const { clientId, person, scopes } = asked
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: callback,
    response_type: 'code',
    scope: scopes.join(' '),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const { leftTo, text } = await createAgent(url, person.cookie).open(`/oauth/authorize?${query}`)
  const code = leftTo?.searchParams.get('code')
  if (!code) throw new Error(`There is no code: ${leftTo?.href ?? text}`)
  const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: callback }
  const answer = await request(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...form, code, code_verifier: verifier }).toString(),
  })
  const token = answer.body?.['access_token']
  if (typeof token !== 'string') throw new Error(`There is no token: ${answer.text}`)
  return token
}
