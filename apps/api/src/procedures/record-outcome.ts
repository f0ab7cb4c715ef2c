import type { AuditEvent } from '@repo/audit'
import { type PlatformChange, personBehind } from '@repo/auth'
import type { Context } from '../context.ts'
import { eventsOf } from './security-events.ts'
import { isFault, toAppError, toTrpcError } from './translate-errors.ts'
import { t } from './trpc.ts'

/**
 * The first and last step of every procedure (G24): changes and refusals go to the audit log,
 * whatever their end; what failed is translated here and its cause logged.
 */
export const recordOutcome = t.middleware(async ({ ctx, path, type, meta, getRawInput, next }) => {
  ctx.guards.call.procedures.push(path)
  let change: Partial<PlatformChange> = {}
  const recordChange = (made: PlatformChange) => {
    change = made
  }
  const result = await next({ ctx: { guards: { ...ctx.guards, recordChange } } })
  const error = result.ok ? null : toAppError(result.error)
  const outcome: AuditEvent['outcome'] =
    error === null ? 'success' : isFault(error) ? 'failed' : 'denied'
  if (type === 'mutation' || outcome !== 'success') {
    const input = await getRawInput().catch(() => null)
    const target = targetOf(input, result.ok ? result.data : null, meta?.openapi?.path)
    const event = { action: path, target, outcome, code: error?.code ?? null, ...change } as const
    const { audit } = ctx.guards.services
    const isLogIn = result.ok && meta?.beginsSession === true
    audit.record({ ...event, ...whoOf(ctx, isLogIn), ...whereAndWhen(ctx) })
  }
  const observed = { ctx, path, meta, code: error?.code ?? null, outcome, getRawInput }
  // What follows is in force before the answer is sent.
  for (const event of await eventsOf(observed)) await ctx.guards.services.detection.observe(event)
  if (error === null) return result
  if (isFault(error)) {
    const { services, requestId } = ctx.guards
    services.logger.error({ err: error, path, requestId }, 'call failed')
  }
  throw toTrpcError(error)
})

/**
 * Who did it: whoever they were when the request came, since a call beside this one may make them another; of a
 * log-in who they are by it. Who acts as somebody else does it under both names.
 */
function whoOf(
  { identity, halfSignedIn, guards }: Context,
  isLogIn: boolean,
): Pick<AuditEvent, 'actor' | 'onBehalfOf'> {
  const known = isLogIn ? guards.signedIn() : (identity ?? halfSignedIn)
  if (known === null) return { actor: null }
  const actor = personBehind(known)
  return { actor, ...(actor !== known.userId && { onBehalfOf: known.userId }) }
}

function whereAndWhen({
  guards: { requestId, address, call },
}: Context): Pick<AuditEvent, 'time' | 'organizationId' | 'address' | 'requestId'> {
  return { time: new Date(), organizationId: call.organizationId, address, requestId }
}

// Input is the caller's text: only what has the form of an id is worth keeping.
const idForm = /^[\w.:/-]{1,64}$/

/** The object a call was about: what it answered with, else what its path names last, else the last id it named. */
function targetOf(input: unknown, output: unknown, path = ''): string | null {
  const last = /\{(\w+)\}(?:\/[\w-]+)?$/.exec(path)?.[1]
  const ids = [
    ...idsOf(input, (name) => name.endsWith('Id')),
    ...idsOf(input, (name) => name === last),
    ...idsOf(output, (name) => name === 'id'),
  ]
  return ids.at(-1) ?? null
}

function idsOf(value: unknown, isNamed: (name: string) => boolean): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .filter(([name]) => isNamed(name))
    .map(([, id]) => String(id))
    .filter((id) => idForm.test(id))
}
