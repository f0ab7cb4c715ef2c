import type { RuleName, SecurityEvent } from '@repo/detection'

export interface Attack {
  readonly rule: RuleName
  readonly subject: string | null
  readonly events: readonly SecurityEvent[]
}

const attacker = { address: '100.64.0.66', userId: null }
const insider = { address: '100.64.0.67', userId: 'insider' }
const times = (count: number, make: (index: number) => SecurityEvent): readonly SecurityEvent[] =>
  Array.from({ length: count }, (_, index) => make(index))

const refusal = (
  origin: { readonly address: string; readonly userId: string | null },
  change: { readonly isAdminEndpoint?: boolean } = {},
): SecurityEvent => ({
  ...{ kind: 'refusal', endpoint: null, code: 'not_found', isAdminEndpoint: false, isAdmin: false },
  ...origin,
  ...change,
})

/** One of each rule's, as it comes within a moment. */
export const attacks: readonly Attack[] = [
  {
    rule: 'failed_log_ins',
    subject: attacker.address,
    events: times(10, (index) => ({ kind: 'failedLogIn', ...attacker, account: `guess ${index}` })),
  },
  {
    rule: 'failed_log_ins_of_account',
    subject: 'victim',
    events: times(8, (index) => ({
      ...{ kind: 'failedLogIn', userId: null, account: 'victim', address: `100.64.1.${index}` },
    })),
  },
  {
    rule: 'failed_log_ins_of_network',
    subject: '2001:db8:77::/48',
    events: times(20, (index) => ({
      ...{ kind: 'failedLogIn', userId: null, account: `victim ${index}` },
      address: `2001:db8:77:${index}::/64`,
    })),
  },
  {
    rule: 'admin_probing_by_user',
    subject: insider.userId,
    events: times(4, () => refusal(insider, { isAdminEndpoint: true })),
  },
  {
    rule: 'admin_probing_by_address',
    subject: attacker.address,
    events: times(20, () => refusal(attacker, { isAdminEndpoint: true })),
  },
  {
    rule: 'client_errors_by_user',
    subject: insider.userId,
    events: times(65, () => refusal(insider)),
  },
  {
    rule: 'client_errors_by_address',
    subject: attacker.address,
    events: times(65, () => refusal(attacker)),
  },
  {
    rule: 'client_errors_overall',
    subject: null,
    events: times(400, (index) =>
      refusal({ address: `100.65.${index % 8}.${index}`, userId: null }),
    ),
  },
  {
    rule: 'unusual_request_size',
    subject: 'orders.create',
    events: [
      {
        kind: 'payload',
        ...attacker,
        endpoint: 'orders.create',
        isRefused: false,
        bytesIn: 90_000,
        bytesOut: 300,
      },
    ],
  },
  {
    rule: 'unusual_response_size',
    subject: 'orders.get',
    events: [
      {
        kind: 'payload',
        ...insider,
        endpoint: 'orders.get',
        isRefused: false,
        bytesIn: 0,
        bytesOut: 4_000_000,
      },
    ],
  },
  {
    rule: 'token_reuse',
    subject: 'user-7',
    events: [
      {
        ...{ kind: 'tokenReuse', ...attacker, userId: 'user-7' },
        ...{ what: 'refresh token', clientId: 'spa' },
      },
    ],
  },
  {
    rule: 'many_sessions',
    subject: insider.userId,
    events: times(20, () => ({ kind: 'sessionBegun', ...insider })),
  },
  {
    rule: 'key_from_new_network',
    subject: 'key-10',
    events: [
      {
        ...{ kind: 'keyUse', ...attacker, keyId: 'key-10', network: '100.64.0.0/24' },
        hasSucceeded: true,
      },
    ],
  },
  {
    rule: 'mass_export',
    subject: insider.userId,
    events: times(100, () => ({ kind: 'export', ...insider })),
  },
]
