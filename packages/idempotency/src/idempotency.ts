import { createHash } from 'node:crypto'
import { type Database, withRowScope } from '@repo/database'
import * as statements from './statements.ts'

const runningSeconds = 60
const keptSeconds = 24 * 60 * 60
const noOrganization = '00000000-0000-0000-0000-000000000000'

export interface KeyedRequest {
  readonly userId: string
  readonly organizationId: string | null
  /** As the caller chose it; only its SHA-256 is stored. */
  readonly key: string
  /** What the request was, in at most 64 characters: the same key is good for the same request alone. */
  readonly requestHash: string
}

export interface ClaimedKey {
  readonly request: KeyedRequest
  readonly claimedAt: Date
}

export interface Answer {
  readonly status: number
  readonly body: string
}

export type ClaimOutcome =
  | { readonly kind: 'run'; readonly claimed: ClaimedKey }
  | ({ readonly kind: 'replay' } & Answer)
  | { readonly kind: 'busy' }
  | { readonly kind: 'mismatch' }

/** The keys of one user in one organization; every method throws `unavailable` while Postgres is gone. */
export interface Idempotency {
  /** Of any number of claims at once exactly one is told to run. Deletes what has expired of the user's. */
  claim(request: KeyedRequest): Promise<ClaimOutcome>
  /** Keeps the answer for 24 hours; does nothing once the claim is 60 seconds old and another has taken over. */
  complete(claimed: ClaimedKey, answer: Answer): Promise<void>
  /** Frees the key at once, for a request that changed nothing. */
  release(claimed: ClaimedKey): Promise<void>
}

interface Row {
  readonly claimed: boolean
  readonly request_hash: string
  readonly status: number | null
  readonly body: string | null
}

export function createIdempotency(options: {
  readonly database: Database
  readonly clock: () => Date
}): Idempotency {
  const { database, clock } = options
  const after = (time: Date, seconds: number) => new Date(time.getTime() + seconds * 1_000)
  const ask = (
    statement: { readonly name: string; readonly text: string },
    { userId, organizationId }: KeyedRequest,
    values: readonly unknown[],
  ) => withRowScope({ userId, organizationId }, () => database.query<Row>({ ...statement, values }))
  return {
    async claim(request) {
      const now = clock()
      await ask(statements.deleteExpired, request, [request.userId, now])
      const values = [...placeOf(request), request.requestHash, now, after(now, runningSeconds)]
      const [row] = await ask(statements.claim, request, values)
      return outcomeOf(row, { request, claimedAt: now })
    },
    async complete({ request, claimedAt }, { status, body }) {
      const until = after(clock(), keptSeconds)
      const values = [...placeOf(request), claimedAt, status, body, until]
      await ask(statements.complete, request, values)
    },
    async release({ request, claimedAt }) {
      await ask(statements.release, request, [...placeOf(request), claimedAt])
    },
  }
}

const placeOf = ({ userId, organizationId, key }: KeyedRequest) => [
  userId,
  organizationId ?? noOrganization,
  createHash('sha256').update(key).digest('hex'),
]

/** No row: another claim of this very moment was first. */
function outcomeOf(row: Row | undefined, claimed: ClaimedKey): ClaimOutcome {
  if (row === undefined) return { kind: 'busy' }
  if (row.claimed) return { kind: 'run', claimed }
  if (row.request_hash !== claimed.request.requestHash) return { kind: 'mismatch' }
  if (row.status === null) return { kind: 'busy' }
  return { kind: 'replay', status: row.status, body: row.body ?? '' }
}
