import type { AuditEvent } from '@repo/audit'
import { type PlatformChange, personBehind } from '@repo/auth'
import { inSpan } from '@repo/telemetry'
import type { Context, Guards } from '../context.ts'
import { doesOweCode, logOutcome } from './log-outcome.ts'
import { eventsOf } from './observed-events.ts'
import { isFault, toAppError, toTrpcError } from './translate-errors.ts'
import { type ProcedureMeta, t } from './trpc.ts'

/**
 * The first and last step of every procedure (G24): changes and refusals go to the audit log,
 * whatever their end; what failed is translated here and its cause logged.
 */
export const recordOutcome = t.middleware(async ({ ctx, path, type, meta, getRawInput, next }) => {
  const { call } = ctx.guards
  call.procedures.push(path)
  // Of its own: a batch carries calls in an organization and outside of any.
  const own = { ...call, organizationId: null }
  let change: Partial<PlatformChange> = {}
  const recordChange = (made: PlatformChange) => {
    change = made
  }
  const guards: Guards = { ...ctx.guards, call: own, recordChange }
  const start = performance.now()
  const result = await inSpan(path, {}, async (note) => {
    const ended = await next({ ctx: { guards } })
    note({ 'rampart.outcome': ended.ok ? 'success' : toAppError(ended.error).code })
    return ended
  })
  const seconds = (performance.now() - start) / 1_000
  call.organizationId ??= own.organizationId
  call.hasSucceeded ||= result.ok
  const here = { ...ctx, guards }
  const error = result.ok ? null : toAppError(result.error)
  const outcome: AuditEvent['outcome'] =
    error === null ? 'success' : isFault(error) ? 'failed' : 'denied'
  const code = error?.code ?? null
  const owesCode = result.ok && doesOweCode(result.data)
  ctx.guards.services.metrics.callEnded({ procedure: path, outcome, code, owesCode, seconds })
  if (type === 'mutation' || outcome !== 'success') {
    const input = await getRawInput().catch(() => null)
    const target = targetOf(input, result.ok ? result.data : null, meta?.openapi?.path)
    const event = { action: path, target, outcome, code, ...change } as const
    const { audit } = ctx.guards.services
    const isLogIn = result.ok && meta?.beginsSession === true
    const who = whoOf(ctx, isLogIn)
    const record = { ...event, ...who, ...whereAndWhen(here) }
    logOutcome(here, { ...event, who, data: result.ok ? result.data : null })
    // Nobody is told that it is done before it is on record.
    if (result.ok && isKept(meta)) await audit.keep(record)
    else audit.record(record)
  } else {
    const read = { action: path, target: null, outcome, code: null } as const
    logOutcome(here, { ...read, who: whoOf(ctx, false), data: null })
  }
  const observed = { ctx, path, meta, code, outcome, getRawInput }
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
 * Whether a crash must not lose it: every change of who may do what, which is all but those that a door without a
 * fresh session lets through to an organization's own objects (orders, files, profiles).
 */
function isKept({ access }: ProcedureMeta = {}): boolean {
  if (access?.door !== 'user' && access?.door !== 'member') return true
  return access.fresh === true
}

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

// Input is the caller's text: what has not the form of an id of ours, or of an address, may be a secret that went astray.
const idForm =
  /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|\d{1,19}|[\da-f]*[.:][\da-f.:]{1,44}(?:\/\d{1,3})?)$/i
const providerForm = /^[a-z][a-z0-9]{0,31}$/
const formOf = (name: string) => (name === 'providerId' ? providerForm : idForm)

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
    .filter(([name, id]) => formOf(name).test(String(id)))
    .map(([, id]) => String(id))
}
