import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { postForm } from '../support/post-form.ts'
import { type OAuthBench, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench

useOAuth((made) => {
  bench = made
})

it('RFC 9449, 11.1: a proof made for later buys tokens once, however late it comes again', async () => {
  const { id, secret } = await bench.createService()
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  const htu = `${bench.origin}/oauth/token`
  const later = Math.floor(Date.now() / 1_000) + 290
  const prove = () =>
    new SignJWT({ jti: randomUUID(), htm: 'POST', htu, iat: later })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(privateKey)
  const ask = (dpop: string) =>
    postForm(htu, { grant_type: 'client_credentials' }, { basic: [id, secret], headers: { dpop } })
  const proof = await prove()
  expect((await ask(proof)).status).toBe(200)
  bench.api.moveClock(305)
  const again = await ask(proof)
  expect([again.status, again.body?.['error']]).toEqual([400, 'invalid_grant'])
  expect((await ask(await prove())).status).toBe(200)
})
