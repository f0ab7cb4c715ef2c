import { createHash } from 'node:crypto'
import type { SecurityEvent } from '@repo/detection'
import { email } from '@repo/validation'
import { blockableKey } from '../blocked-address.ts'
import type { Context } from '../context.ts'
import { logInWays } from './log-in-ways.ts'
import type { ProcedureMeta } from './trpc.ts'

interface Observed {
  readonly ctx: Context
  readonly path: string
  readonly meta: ProcedureMeta | undefined
  readonly code: string | null
  readonly outcome: 'success' | 'denied' | 'failed'
  readonly getRawInput: () => Promise<unknown>
}

/** What was to prove somebody, and did not. */
const failures: ReadonlySet<string | null> = new Set(['invalid_credentials', 'invalid_code'])

/** What the end of a call tells the detection (packages/detection); most calls tell nothing. */
export async function eventsOf(observed: Observed): Promise<readonly SecurityEvent[]> {
  const { ctx, path, meta, code, outcome } = observed
  const { identity, guards } = ctx
  if (outcome === 'failed' || (outcome === 'success' && !isTold(meta))) return []
  const address = blockableKey(guards.address, guards.services)
  const origin = { address, userId: identity?.userId ?? null }
  if (outcome === 'success') {
    if (!meta?.beginsSession) return [{ kind: 'export', ...origin }]
    return [{ kind: 'sessionBegun', address, userId: guards.signedIn()?.userId ?? null }]
  }
  const refusal: SecurityEvent = {
    kind: 'refusal',
    ...origin,
    ...{ endpoint: path, code },
    isAdminEndpoint: meta?.access?.door === 'admin',
    isAdmin: identity !== null && identity.platformRole !== null,
  }
  if (!logInWays.has(path) || !failures.has(code)) return [refusal]
  return [refusal, { kind: 'failedLogIn', ...origin, account: await accountOf(observed) }]
}

/** Of successes: what begins a session, or takes data away. */
const isTold = (meta: ProcedureMeta | undefined) =>
  meta?.beginsSession === true || meta?.limits === 'export' || meta?.transfer === 'download'

/** Whose log-in it was to be, as the database counts it too (identity.count_failed_log_in). */
async function accountOf({ ctx: { halfSignedIn }, getRawInput }: Observed): Promise<string | null> {
  const input = await getRawInput().catch(() => null)
  const given = email.safeParse(Object(input)['email'])
  const address = halfSignedIn?.email ?? given.data
  return address === undefined ? null : createHash('sha256').update(address).digest('hex')
}
