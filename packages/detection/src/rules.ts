import { networkOf } from './network-of.ts'
import { type Finding, type Rule, rule } from './rule.ts'

const minute = 60
const hour = 60 * minute
const day = 24 * hour
const kibibyte = 1_024

const isAnonymous = ({ userId }: { readonly userId: string | null }) => userId === null
const byAddress = ({ address }: { readonly address: string | null }) => address
const byUser = ({ userId }: { readonly userId: string | null }) => userId
const overall = () => ''
// A closed address and a limit have reacted already; they say nothing new.
const reactions: ReadonlySet<string | null> = new Set(['address_blocked', 'rate_limited'])
const isReacted = ({ code }: { readonly code: string | null }) => reactions.has(code)

const sizeMeasure = { kind: 'history', deviations: 6, learnCount: 50, memoryCount: 500 } as const
const sizeSummary =
  (what: string) =>
  ({ subject, observed, limit }: Finding) =>
    `${what} of ${subject} had ${observed} bytes, where ${limit} would have been ordinary.`

/** Every rule (G27–G31). docs/operations.md says of each what it means, what to do and how to tune it. */
export const rules = {
  failed_log_ins: rule('failedLogIn', {
    by: byAddress,
    measure: { kind: 'exact', threshold: 10, windowSeconds: 5 * minute },
    severity: 'warning',
    reaction: 'alertAndBlock',
    rearmSeconds: 15 * minute,
    vocabulary: 'authn_login_fail_max',
    summary: ({ subject, total }) =>
      `${total} log-ins from ${subject} have failed within 5 minutes: the address is closed.`,
  }),
  failed_log_ins_of_account: rule('failedLogIn', {
    by: ({ account }) => account,
    value: byAddress,
    measure: { kind: 'distinct', threshold: 5, windowSeconds: 15 * minute },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'authn_login_fail_max',
    summary: ({ total }) =>
      `Log-ins to one account have failed from ${total} addresses within 15 minutes.`,
  }),
  // Who has a network has addresses enough to fail from each of them seldom.
  failed_log_ins_of_network: rule('failedLogIn', {
    by: ({ address }) => address && networkOf(address),
    value: byAddress,
    measure: { kind: 'distinct', threshold: 20, windowSeconds: 15 * minute },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'authn_login_fail_max',
    summary: ({ subject, total }) =>
      `Log-ins have failed from ${total} addresses of ${subject} within 15 minutes.`,
  }),
  admin_probing_by_user: rule('refusal', {
    // Whoever has some role on the platform has not every one.
    where: ({ isAdminEndpoint, isAdmin, code }) =>
      isAdminEndpoint && (!isAdmin || code === 'forbidden'),
    by: byUser,
    measure: { kind: 'count', threshold: 3, windowSeconds: 10 * minute },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'authz_fail',
    summary: ({ subject, total }) =>
      `${subject} has called endpoints of administrators ${total} times within 10 minutes, and may not.`,
  }),
  // More than by user: an administrator whose session is over comes so too, with all that a page asks for.
  admin_probing_by_address: rule('refusal', {
    where: (event) => event.isAdminEndpoint && isAnonymous(event) && !isReacted(event),
    by: byAddress,
    measure: { kind: 'count', threshold: 20, windowSeconds: 10 * minute },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'authz_fail',
    summary: ({ subject, total }) =>
      `Endpoints of administrators were called ${total} times from ${subject} within 10 minutes, by nobody who is signed in.`,
  }),
  client_errors_by_user: rule('refusal', {
    where: (event) => !event.isAdminEndpoint && !isReacted(event),
    by: byUser,
    measure: { kind: 'count', threshold: 60, windowSeconds: minute },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'malicious_extraneous',
    summary: ({ subject, total }) => `${total} calls of ${subject} were refused within a minute.`,
  }),
  client_errors_by_address: rule('refusal', {
    where: (event) => !event.isAdminEndpoint && isAnonymous(event) && !isReacted(event),
    by: byAddress,
    measure: { kind: 'count', threshold: 60, windowSeconds: minute },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'malicious_excess_404',
    summary: ({ subject, total }) =>
      `${total} requests from ${subject} were refused within a minute.`,
  }),
  client_errors_overall: rule('refusal', {
    by: overall,
    measure: {
      ...{ kind: 'baseline', floor: 120, factor: 4 },
      ...{ halfLifeMinutes: 30, learnMinutes: 5, lastingMinutes: day / minute },
    },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'malicious_excess_404',
    summary: ({ total, limit }) =>
      `${total} requests were refused within a minute, where ${limit} would have been ordinary.`,
  }),
  unusual_request_size: rule('payload', {
    // What nobody in particular was refused teaches nothing: anybody could teach it. Nor does what has no body.
    where: (event) => event.bytesIn > 0 && (!event.isRefused || !isAnonymous(event)),
    by: ({ endpoint }) => endpoint,
    value: ({ bytesIn }) => bytesIn,
    measure: { ...sizeMeasure, floor: 16 * kibibyte },
    severity: 'info',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'input_validation_fail',
    summary: sizeSummary('A request'),
  }),
  unusual_response_size: rule('payload', {
    // HEAD has no body: a few of them would make a size of anything ordinary.
    where: ({ isRefused, bytesOut }) => bytesOut > 0 && !isRefused,
    by: ({ endpoint }) => endpoint,
    value: ({ bytesOut }) => bytesOut,
    measure: { ...sizeMeasure, floor: 128 * kibibyte },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'sensitive_read',
    summary: sizeSummary('An answer'),
  }),
  token_reuse: rule('tokenReuse', {
    by: ({ userId, clientId }) => userId ?? clientId ?? '',
    value: ({ what }) => what,
    measure: { kind: 'each' },
    severity: 'critical',
    reaction: 'alert',
    rearmSeconds: 15 * minute,
    vocabulary: 'authn_token_reuse',
    summary: ({ subject, observed }) =>
      `A used ${observed} of ${subject ?? 'an unknown caller'} was used again: what came of it is revoked.`,
  }),
  many_sessions: rule('sessionBegun', {
    by: byUser,
    measure: { kind: 'count', threshold: 20, windowSeconds: 10 * minute },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'session_created',
    summary: ({ subject, total }) => `${subject} has logged in ${total} times within 10 minutes.`,
  }),
  key_from_new_network: rule('keyUse', {
    by: ({ keyId }) => keyId,
    value: ({ network }) => network,
    // Whoever fails is found as anybody else is, and makes no network of theirs a known one.
    teaches: ({ hasSucceeded }) => hasSucceeded,
    measure: { kind: 'novelty', rememberedDays: 90, maxRemembered: 100 },
    severity: 'warning',
    reaction: 'alert',
    rearmSeconds: day,
    vocabulary: 'authn_impossible_travel',
    summary: ({ subject, observed }) =>
      `The API key ${subject} was used from ${observed}, where it was never used before.`,
  }),
  mass_export: rule('export', {
    by: byUser,
    measure: { kind: 'count', threshold: 100, windowSeconds: 10 * minute },
    severity: 'critical',
    reaction: 'alert',
    rearmSeconds: hour,
    vocabulary: 'sensitive_read',
    summary: ({ subject, total }) =>
      `${subject} has exported or downloaded ${total} times within 10 minutes.`,
  }),
} as const satisfies Readonly<Record<string, Rule>>

export type RuleName = keyof typeof rules

// Object.keys forgets the names, and that there are some.
export const ruleNames = Object.keys(rules) as [RuleName, ...RuleName[]]

export const isRuleName = (name: string): name is RuleName => Object.hasOwn(rules, name)
