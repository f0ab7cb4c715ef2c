import { ownershipOf } from './owned-models.ts'
import type { Arguments } from './reachable-rows.ts'
import type { Scope } from './scope.ts'
import { narrow } from './scope-arguments.ts'

interface Call {
  readonly model: string
  readonly method: string
  readonly args: Arguments
}

/** The versions that a call may change: of the one resource that the scope names, and one object of it; else null. */
export function versionsFor(
  { model, method }: Omit<Call, 'args'>,
  { unchangedSince }: Scope,
): readonly Date[] | null {
  if (method !== 'update' && method !== 'delete') return null
  return unchangedSince?.resource === ownershipOf(model).resource ? unchangedSince.times : null
}

/**
 * The arguments of a change, narrowed to the versions the caller has seen: the check is in the statement
 * that writes, so that of many with one version exactly one succeeds.
 */
export function narrowToSeen(call: Call, scope: Scope): Arguments {
  const { method, args } = call
  const times = versionsFor(call, scope)
  if (times === null) return args
  const where = narrow(args['where'], { updatedAt: { in: times } })
  if (method === 'delete') return { ...args, where }
  return { ...args, where, data: { ...Object(args['data']), updatedAt: versionAfter(times) } }
}

/** Now, unless the caller has seen a version of this very millisecond: a version is never used twice. */
function versionAfter(seen: readonly Date[]): Date {
  const taken = new Set(seen.map((time) => time.getTime()))
  let next = Date.now()
  while (taken.has(next)) next += 1
  return new Date(next)
}
