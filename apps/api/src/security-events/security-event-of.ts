import type { ErrorCode } from '@repo/errors'
import type { SecurityEventName } from '@repo/logging'
import { eventsOfActions, eventsOfRefusals } from './events-of-refusals.ts'
import { eventsOfSuccesses } from './events-of-successes.ts'
import { isTold, type ToldEvent } from './told-event.ts'

/** What was done or refused: by a procedure, the OAuth server, or the edge, which knows no action. */
export interface Occurrence {
  readonly action: string | null
  readonly outcome: 'success' | 'denied' | 'failed'
  readonly code: string | null
  /** A log-in that is no log-in yet: a second factor is owed. */
  readonly owesCode?: boolean
  /** A session was brought that nobody has any more. */
  readonly bringsSession?: boolean
}

/** The security event in it, if it is one. */
export function securityEventOf(occurrence: Occurrence): SecurityEventName | null {
  const event = occurrence.outcome === 'success' ? ofSuccess(occurrence) : ofRefusal(occurrence)
  return isTold(event) ? event : null
}

function ofSuccess({ action, owesCode = false }: Occurrence): ToldEvent | undefined {
  return owesCode ? undefined : find(eventsOfSuccesses, action)
}

function ofRefusal(occurrence: Occurrence): ToldEvent | undefined {
  const { action, outcome, code, bringsSession = false } = occurrence
  if (outcome === 'failed') return undefined
  if (code === 'unauthenticated' && bringsSession) return 'session_use_after_expire'
  const own = find(find(eventsOfActions, action) ?? {}, code)
  if (own !== undefined) return own
  if (isErrorCode(code)) return eventsOfRefusals[code]
  return 'input_validation_fail'
}

const find = <T>(table: Readonly<Record<string, T>>, name: string | null): T | undefined =>
  name !== null && Object.hasOwn(table, name) ? table[name] : undefined

const isErrorCode = (code: string | null): code is ErrorCode =>
  code !== null && Object.hasOwn(eventsOfRefusals, code)
