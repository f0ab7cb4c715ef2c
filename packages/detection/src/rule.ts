import type { SecurityEventName } from '@repo/logging'
import { type EventKind, type EventOf, isOf, type SecurityEvent } from './security-event.ts'

/** How what is counted becomes a finding. */
export type Measure =
  /** One is enough. */
  | { readonly kind: 'each' }
  /** Counted before the answer, by an exact window of the limiter (packages/rate-limit). */
  | { readonly kind: 'exact'; readonly threshold: number; readonly windowSeconds: number }
  | { readonly kind: 'count'; readonly threshold: number; readonly windowSeconds: number }
  /** So many different values. */
  | { readonly kind: 'distinct'; readonly threshold: number; readonly windowSeconds: number }
  /** More in a minute than `factor` times what is usual in one, and than `floor`; usual is what lasts, too. */
  | {
      readonly kind: 'baseline'
      readonly floor: number
      readonly factor: number
      readonly halfLifeMinutes: number
      readonly learnMinutes: number
      readonly lastingMinutes: number
    }
  /** A number that is `deviations` above the mean of the logarithms, and above `floor`. */
  | {
      readonly kind: 'history'
      readonly floor: number
      readonly deviations: number
      readonly learnCount: number
      readonly memoryCount: number
    }
  /** A value that was not seen before; the first one is none. */
  | { readonly kind: 'novelty'; readonly rememberedDays: number; readonly maxRemembered: number }

export type Severity = 'info' | 'warning' | 'critical'

/** What a rule has found about a subject. */
export interface Finding {
  /** Null where the rule is about the whole of the API. */
  readonly subject: string | null
  /** How often, within the rule's window. */
  readonly total: number
  /** How many of those are new since it was found last. */
  readonly added: number
  /** The number or the value that was out of the ordinary, where the measure has one. */
  readonly observed?: string | number
  /** What would have been ordinary. */
  readonly limit?: number
}

interface Consequences {
  readonly measure: Measure
  readonly severity: Severity
  /** `alertAndBlock` closes the address that was counted to whoever is not signed in (G31). */
  readonly reaction: 'alert' | 'alertAndBlock'
  /** After which the same subject is a new alert, while the last one is open too. */
  readonly rearmSeconds: number
  /** The event's name in the OWASP logging vocabulary. */
  readonly vocabulary: SecurityEventName
  /** One sentence for whoever is woken by it; it holds no secret. */
  readonly summary: (finding: Finding) => string
}

interface RuleOf<Event> extends Consequences {
  readonly where?: (event: Event) => boolean
  /** What is counted together; null for an event that is not counted, '' for all of them. */
  readonly by: (event: Event) => string | null
  /** Of the measures that need one. */
  readonly value?: (event: Event) => string | number | null
  /** Whether a measure that remembers values learns from it: from every event, unless it is said otherwise. */
  readonly teaches?: (event: Event) => boolean
}

export interface Counted {
  readonly key: string
  readonly value: string | number | null
  readonly teaches: boolean
}

export interface Rule extends Consequences {
  readonly on: EventKind
  /** Null for an event that the rule is not about. */
  count(event: SecurityEvent): Counted | null
}

export function rule<Kind extends EventKind>(on: Kind, options: RuleOf<EventOf<Kind>>): Rule {
  const {
    where = () => true,
    by,
    value = () => null,
    teaches = () => true,
    ...consequences
  } = options
  return {
    ...consequences,
    on,
    count(event) {
      if (!isOf(event, on) || !where(event)) return null
      const key = by(event)
      return key === null ? null : { key, value: value(event), teaches: teaches(event) }
    },
  }
}
