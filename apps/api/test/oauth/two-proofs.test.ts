import { createHash, randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from 'jose'
import * as oauth from 'openid-client'
import { expect, it } from 'vitest'
import type { Person } from '../support/create-world.ts'
import { ask, discover, follow } from '../support/oauth-flows.ts'
import { anyAddress } from '../support/request.ts'
import { type OAuthBench, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench
let person: Person
let keys: GenerateKeyPairResult
let token: string

useOAuth(async (made) => {
  bench = made
  person = await made.world.createPerson()
  keys = await generateKeyPair('ES256', { extractable: true })
  const config = await discover(made, await made.createClient())
  const asked = await ask(config)
  const answer = await follow(made, asked, person)
  const checks = { pkceCodeVerifier: asked.verifier, ...asked.checks }
  const options = { DPoP: oauth.getDPoPHandle(config, keys) }
  const got = await oauth.authorizationCodeGrant(config, answer, checks, undefined, options)
  token = got.access_token
})

const url = () => `${bench.origin}/api/users/${person.id}/orders`

const prove = async () =>
  new SignJWT({
    jti: randomUUID(),
    htm: 'GET',
    htu: url(),
    iat: Math.floor(Date.now() / 1_000),
    ath: createHash('sha256').update(token).digest('base64url'),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(keys.publicKey) })
    .sign(keys.privateKey)

/** The status of a request with one header line for each proof: fetch would join them. */
const call = (proofs: readonly string[]) =>
  new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `DPoP ${token}`, 'x-forwarded-for': anyAddress() }
    const sent = request(url(), { headers: { ...headers, dpop: [...proofs] } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.on('error', reject)
    sent.end()
  })

it('two lines of good proofs are none, whichever is read (RFC 9449, section 4.3)', async () => {
  const [first, second] = [await prove(), await prove()]
  expect(await call([first, second])).toBe(401)
  expect(await call([first, first])).toBe(401)
  expect(await call([first, 'no proof'])).toBe(401)
  expect(await call(['no proof', second])).toBe(401)
  expect(await call([])).toBe(401)
  // Each is good by itself, and was not used up above.
  expect(await call([first])).toBe(200)
  expect(await call([second])).toBe(200)
})
