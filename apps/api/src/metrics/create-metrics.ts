import { type RuleName, ruleNames } from '@repo/detection'
import { type ErrorCode, errorCodes } from '@repo/errors'
import { type LimitDecision, limits } from '@repo/rate-limit'
import { createMeter, type Meter } from '@repo/telemetry'
import { logInWays } from '../procedures/log-in-ways.ts'
import { httpMethods, httpStatuses } from './http-words.ts'

export interface EndedRequest {
  /** The template; null for a path that has none. */
  readonly route: string | null
  readonly method: string
  readonly status: number
  /** Null where nobody waited for the answer. */
  readonly seconds: number | null
}

export interface EndedCall {
  readonly procedure: string
  readonly outcome: 'success' | 'denied' | 'failed'
  readonly code: ErrorCode | null
  readonly owesCode: boolean
  readonly seconds: number
}

/** What the API counts while it serves; docs/operations.md says what each means. */
export interface Metrics {
  readonly meter: Meter
  /** What requests may be counted under; others are `other`. */
  readonly routes: Set<string>
  readonly procedures: Set<string>
  requestEnded(request: EndedRequest): void
  callEnded(call: EndedCall): void
  limitDecided(decision: LimitDecision): void
  alertRaised(rule: RuleName): void
  addressBlocked(): void
}

const none = 'none'
const codes = [none, ...Object.keys(errorCodes)]
// What a provider vouched for counts here too.
const ways = new Map([...logInWays, ['auth.external.login', 'provider']])

export function createMetrics(): Metrics {
  const meter = createMeter()
  const routes = new Set([none])
  const procedures = new Set<string>()
  const { countRequest, timeRequest } = meterRequests(meter, routes)
  const { countCall, timeCall, countLogIn } = meterCalls(meter, procedures)
  const { countDecision, countAlert, countBlock } = meterDefence(meter)
  return {
    ...{ meter, routes, procedures },
    requestEnded({ route, method, status, seconds }) {
      const where = { route: route ?? none, method }
      countRequest({ ...where, status: String(status) })
      if (seconds !== null) timeRequest(where, seconds)
    },
    callEnded({ procedure, outcome, code, owesCode, seconds }) {
      countCall({ procedure, outcome, code: code ?? none })
      timeCall({ procedure }, seconds)
      const way = ways.get(procedure)
      if (way === undefined) return
      const success = owesCode ? 'second_factor_owed' : 'success'
      countLogIn({ way, result: outcome === 'success' ? success : (code ?? none) })
    },
    limitDecided: ({ name, allowed, degraded }) =>
      countDecision({
        limit: name,
        decision: allowed ? 'allowed' : 'limited',
        by: degraded ? 'process' : 'redis',
      }),
    alertRaised: (rule) => countAlert({ rule }),
    addressBlocked: () => countBlock({}),
  }
}

function meterRequests(meter: Meter, routes: ReadonlySet<string>) {
  const labels = { route: routes, method: httpMethods }
  return {
    countRequest: meter.counter({
      name: 'rampart_http_requests_total',
      help: 'Requests that have ended, probes excepted; 499 were left by their callers',
      labels: { ...labels, status: httpStatuses },
    }),
    timeRequest: meter.timer({
      name: 'rampart_http_request_duration_seconds',
      help: 'From the first byte of a request to the last of its answer',
      labels,
    }),
  }
}

function meterCalls(meter: Meter, procedures: ReadonlySet<string>) {
  return {
    countCall: meter.counter({
      name: 'rampart_procedure_calls_total',
      help: 'Calls of procedures; a batch has several',
      labels: { procedure: procedures, outcome: ['success', 'denied', 'failed'], code: codes },
    }),
    timeCall: meter.timer({
      name: 'rampart_procedure_duration_seconds',
      help: 'Calls of procedures with all of their guards',
      labels: { procedure: procedures },
    }),
    countLogIn: meter.counter({
      name: 'rampart_log_ins_total',
      help: 'Log-ins by what proves somebody, and what came of them',
      labels: {
        way: [...ways.values()],
        result: ['success', 'second_factor_owed', ...codes],
      },
    }),
  }
}

function meterDefence(meter: Meter) {
  return {
    countDecision: meter.counter({
      name: 'rampart_limit_decisions_total',
      help: 'Decisions of rate limits, by Redis or, while it is gone, by the process alone',
      labels: {
        limit: Object.keys(limits),
        decision: ['allowed', 'limited'],
        by: ['redis', 'process'],
      },
    }),
    countAlert: meter.counter({
      name: 'rampart_alerts_raised_total',
      help: 'Alerts of the detection that this process has raised',
      labels: { rule: ruleNames },
    }),
    countBlock: meter.counter({
      name: 'rampart_addresses_blocked_total',
      help: 'Addresses that this process has closed',
      labels: {},
    }),
  }
}
