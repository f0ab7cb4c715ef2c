import { createEncryption } from '@repo/encryption'
import { importJWK, type JWTPayload, SignJWT } from 'jose'
import type { OAuthBench } from './use-oauth.ts'

/** Signs whatever it is told to, with the key and the header of a genuine access token. */
export type SignAsServer = (
  payload: JWTPayload,
  header?: Readonly<Record<string, unknown>>,
) => Promise<string>

/** The API's own signing key, as its database and configuration hold it. */
export async function openServerKey({ api, world }: OAuthBench): Promise<SignAsServer> {
  const keys = api.services.config.encryptionKeys.map(({ id, key }) => ({
    id,
    key: Buffer.from(key.reveal(), 'base64'),
  }))
  const [row] = await world.sql.run(
    "SELECT id, sealed FROM rotating_keys WHERE purpose = 'signing'",
  )
  const kid = String(row?.['id'])
  const text = createEncryption(keys).decrypt(`${row?.['sealed']}`, `signing-key:${kid}`)
  const key = await importJWK(JSON.parse(text), 'RS256')
  return (payload, header = {}) =>
    new SignJWT(payload)
      .setProtectedHeader(Object.assign({ alg: 'RS256', typ: 'at+jwt', kid }, header))
      .sign(key)
}
