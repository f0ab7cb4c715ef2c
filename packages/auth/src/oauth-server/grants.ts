import { randomUUID } from 'node:crypto'
import { errors, type KoaContextWithOIDC, type default as Provider } from 'oidc-provider'
import type { SignedIn } from '../identity.ts'
import type { FindPerson } from './adopt-session.ts'

type Grant = InstanceType<Provider['Grant']>

export interface GrantMaker {
  /** What an authorization goes on with: the grant it was given, or one of a client of our own. */
  findOrMake(context: KoaContextWithOIDC): Promise<Grant | undefined>
  /** A grant of all that was asked for and that the client may have. */
  make(asked: AskedGrant): Promise<string>
}

export interface AskedGrant {
  readonly person: SignedIn
  readonly clientId: string
  /** Where its tokens act; null for a person without one. */
  readonly organizationId: string | null
  readonly identityScopes: readonly string[]
  readonly permissions: readonly string[]
}

interface MakerOptions {
  readonly provider: () => Provider
  readonly audience: string
  readonly personOf: FindPerson
}

/**
 * Each authorization gets a grant of its own: a family of tokens ends by itself, and leaves those of
 * another browser alone.
 */
export function createGrantMaker({ provider, audience, personOf }: MakerOptions): GrantMaker {
  async function make(asked: AskedGrant): Promise<string> {
    const { person, clientId, organizationId } = asked
    const { Grant } = provider()
    const grant = new Grant({ accountId: person.userId, clientId })
    const { secondFactor } = person.credential
    Object.assign(grant, { jti: randomUUID(), organizationId, secondFactor })
    if (asked.identityScopes.length > 0) grant.addOIDCScope(asked.identityScopes.join(' '))
    if (asked.permissions.length > 0) grant.addResourceScope(audience, asked.permissions.join(' '))
    return grant.save()
  }

  return {
    make,
    async findOrMake({ req, oidc }) {
      const { Grant } = provider()
      const person = personOf(req)
      const consented = oidc.result?.consent?.grantId
      if (consented) return requireOwn(await Grant.find(consented), person)
      const { client, requestParamOIDCScopes, requestParamScopes } = oidc
      if (!client || !person || !isSilent(oidc, person)) return undefined
      const allowed = oidc.resourceServers?.[audience]?.scopes ?? new Set<string>()
      const id = await make({
        person,
        clientId: client.clientId,
        organizationId: person.memberships[0]?.organizationId ?? null,
        identityScopes: [...requestParamOIDCScopes],
        permissions: [...requestParamScopes].filter((scope) => allowed.has(scope)),
      })
      return Grant.find(id)
    },
  }
}

/** Whoever consented may have been followed by somebody else. */
function requireOwn(grant: Grant | undefined, person: SignedIn | null): Grant | undefined {
  if (grant && grant.accountId !== person?.userId) throw new errors.LoginRequired()
  return grant
}

/**
 * Whether nothing is left to ask: a client of our own, in the only organization there is. A native one
 * always asks, since another program could have sent its request (RFC 8252, section 8.6).
 */
function isSilent(
  { client, prompts, result }: KoaContextWithOIDC['oidc'],
  { memberships }: SignedIn,
): boolean {
  const isAsked = prompts.has('consent') || (prompts.has('login') && !result?.login)
  const isOurs = client?.['first_party'] === true && client.applicationType !== 'native'
  return isOurs && !isAsked && memberships.length <= 1
}
