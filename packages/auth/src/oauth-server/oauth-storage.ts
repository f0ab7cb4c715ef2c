import type { Encryption } from '@repo/encryption'
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import type { AskIdentity } from '../identity-functions.ts'
import { hashToken, isWellFormedToken } from '../tokens.ts'
import { toClientMetadata } from './client-metadata.ts'
import type { FindOAuthClient } from './oauth-clients.ts'
import { oauthLifetimes } from './oauth-lifetimes.ts'

interface StorageOptions {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly encryption: Encryption
  readonly findClient: FindOAuthClient
}

const grace = oauthLifetimes.refreshGraceSeconds
// As long as its code, which comes a moment later; its first refresh token prolongs it.
const unusedGrantMs = 2 * oauthLifetimes.authorizationCodeSeconds * 1_000

/** Where the provider keeps things: clients, grants and records each in their own way, all of them in Postgres. */
export function createOAuthStorage(options: StorageOptions): (kind: string) => Adapter {
  return (kind) => {
    if (kind === 'Client') return clientStorage(options)
    return kind === 'Grant' ? grantStorage(options) : recordStorage(kind, options)
  }
}

/** What no kind of ours has. */
const unsupported = {
  upsert: () => refuse('upsert'),
  find: () => refuse('find'),
  findByUid: () => refuse('findByUid'),
  findByUserCode: () => refuse('findByUserCode'),
  consume: () => refuse('consume'),
  destroy: () => refuse('destroy'),
  revokeByGrantId: () => refuse('revokeByGrantId'),
} satisfies Adapter

async function refuse(what: string): Promise<never> {
  throw new Error(`The OAuth storage does not ${what} here.`)
}

/** Clients are managed by people, not by the protocol. */
const clientStorage = ({ findClient }: StorageOptions): Adapter => ({
  ...unsupported,
  async find(id) {
    const client = await findClient(id)
    return client ? toClientMetadata(client) : undefined
  },
})

/** Grants, with the columns that tell whose they are: an access token is looked up by them. */
const grantStorage = ({ ask, clock }: StorageOptions): Adapter => ({
  ...unsupported,
  async upsert(id, payload) {
    const { accountId, clientId, openid, resources, ...ours } = payload as KeptGrant
    const { organizationId = null, secondFactor = false } = ours
    const scopes = [openid?.scope, ...Object.values(resources ?? {})].join(' ').split(' ')
    const holder = [accountId, clientId, organizationId, scopes.filter(Boolean), secondFactor]
    const now = clock()
    const until = new Date(now.getTime() + unusedGrantMs)
    await ask('save_oauth_grant', id, ...holder, JSON.stringify(payload), now, until)
  },
  async find(id) {
    const [row] = await ask<{ readonly payload: AdapterPayload }>('find_oauth_grant', id)
    return row?.payload
  },
  async destroy(id) {
    await ask('delete_oauth_grant', id, null)
  },
})

/** What the provider's types leave out of a grant, and our own two columns (extend-provider.ts). */
interface KeptGrant extends AdapterPayload {
  readonly openid?: { readonly scope?: string }
  readonly resources?: Readonly<Record<string, string>>
  readonly organizationId?: string | null
  readonly secondFactor?: boolean
}

/** Whatever is found by a value that somebody holds: its hash is the key, and what it says is encrypted. */
function recordStorage(kind: string, { ask, clock, encryption }: StorageOptions): Adapter {
  const contextOf = (id: string) => recordContext(`${kind}:${id}`)

  // The value itself is in no record.
  function seal(hash: string, { jti: _jti, ...payload }: AdapterPayload): string {
    return encryption.encrypt(JSON.stringify(payload), contextOf(hash))
  }
  const open = (hash: string, sealed: string): AdapterPayload =>
    JSON.parse(encryption.decrypt(sealed, contextOf(hash)))

  const find: Adapter['find'] = async (id) => {
    if (kind === 'RefreshToken' && !isWellFormedToken(id)) return undefined
    const hash = hashToken(id)
    const question = ask<{ readonly payload: string; readonly spent: boolean }>
    const [row] = await question('find_oauth_record', kind, hash, clock(), grace)
    if (!row) return undefined
    // A spent code is refused where it is consumed, so that all of its uses meet there.
    const consumed = row.spent && kind !== 'AuthorizationCode'
    return { ...open(hash, row.payload), jti: id, ...(consumed && { consumed }) }
  }

  return {
    ...unsupported,
    find,
    async upsert(id, payload, expiresIn = 0) {
      const now = clock()
      const hash = hashToken(id)
      const uid = kind === 'Session' && payload.uid ? hashToken(payload.uid) : null
      const until = new Date(now.getTime() + expiresIn * 1_000)
      const kept = [uid, payload.grantId ?? null, seal(hash, payload), now, until]
      const [saved] = await ask('save_oauth_record', kind, hash, ...kept)
      if (!saved) throw new errors.InvalidGrant('grant not found')
    },
    async findByUid(uid) {
      const question = ask<{ readonly id: string; readonly payload: string }>
      const [row] = await question('find_oauth_record_by_uid', kind, hashToken(uid), clock())
      return row && open(row.id, row.payload)
    },
    async consume(id) {
      const values = [kind, hashToken(id), clock(), grace]
      if ((await ask('consume_oauth_record', ...values)).length > 0) return
      if (kind !== 'AuthorizationCode') throw new errors.InvalidGrant('already used')
      const question = ask<{ readonly user_id: string }>
      const [owner] = await question('punish_code_replay', hashToken(id))
      throw Object.assign(new errors.InvalidGrant(codeReplay), { userId: owner?.user_id })
    },
    async destroy(id) {
      await ask('delete_oauth_record', kind, hashToken(id))
    },
    async revokeByGrantId(grantId) {
      await ask('delete_oauth_records_of_grant', kind, grantId)
    },
  }
}

/** What a record is bound to where it stands encrypted: its kind and its id. */
export const recordContext = (place: string) => `oauth:${place}`

/** What only whoever has a code from somebody else, or sends it twice, is told. */
export const codeReplay = 'authorization code already consumed'
