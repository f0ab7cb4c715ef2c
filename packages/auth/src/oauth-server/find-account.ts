import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { AskIdentity } from '../identity-functions.ts'
import type { FindPerson } from './adopt-session.ts'

interface AccountRow {
  readonly email: string
  readonly name: string
  readonly email_verified: boolean
  readonly updated_at: Date
}

/** Who a subject is now, with the claims of OpenID Connect; in a browser, whoever is signed in there. */
export async function findAccount(
  context: KoaContextWithOIDC,
  accountId: string,
  { ask, personOf }: { readonly ask: AskIdentity; readonly personOf: FindPerson },
) {
  const isInBrowser = context.oidc.route === 'authorization' || context.oidc.route === 'resume'
  if (isInBrowser && personOf(context.req)?.userId !== accountId) {
    throw new errors.LoginRequired('The session has ended.')
  }
  const [row] = await ask<AccountRow>('find_account', accountId)
  if (!row) return undefined
  return { accountId, claims: () => claimsOf(accountId, row) }
}

const claimsOf = (sub: string, { email, name, email_verified, updated_at }: AccountRow) => ({
  sub,
  name,
  updated_at: Math.floor(updated_at.getTime() / 1_000),
  email,
  email_verified,
})
