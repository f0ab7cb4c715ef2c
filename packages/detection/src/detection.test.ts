import { expect, test } from 'vitest'
import type { AddressBlocks } from './address-blocks.ts'
import { type Alert, createDetection, type ObservedEvent } from './detection.ts'

const until = new Date('2027-01-01T12:15:00Z')
const failure: ObservedEvent = {
  action: 'auth.login',
  outcome: 'denied',
  code: 'invalid_credentials',
  key: '192.0.2.1',
}

/** Watches with a count of its own in the place of the limiter's. */
function watch(options: { readonly broken?: boolean } = {}) {
  const counts = new Map<string, number>()
  const alerts: Alert[] = []
  const errors: unknown[] = []
  const block: AddressBlocks['block'] = async (key) => {
    if (options.broken) throw new Error('Postgres is gone.')
    return { key, until, count: 1 }
  }
  const detection = createDetection({
    blocks: { block, blockedUntil: () => null, refresh: async () => {}, close: () => {} },
    async mayFailAgain(key) {
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return (counts.get(key) ?? 0) < 10
    },
    onAlert: (alert) => alerts.push(alert),
    onError: (error) => errors.push(error),
  })
  return { detection, alerts, errors, counts }
}

test('the tenth failed log-in of an address closes it, with an alert', async () => {
  const { detection, alerts } = watch()
  for (let time = 0; time < 9; time += 1) await detection.observe(failure)
  await detection.observe({ ...failure, key: '192.0.2.2' })
  expect(alerts).toEqual([])
  await detection.observe(failure)
  expect(alerts).toEqual([{ rule: 'failed_log_ins', block: { key: '192.0.2.1', until, count: 1 } }])
})

test.each([
  ['a wrong password', { action: 'auth.login', code: 'invalid_credentials' }, 1],
  ['a wrong code', { action: 'auth.mfa.totp.verify', code: 'invalid_code' }, 1],
  ['a wrong recovery code', { action: 'auth.mfa.recovery.verify', code: 'invalid_code' }, 1],
  ['a passkey of nobody', { action: 'auth.passkeys.login', code: 'invalid_credentials' }, 1],
  ['a log-in that succeeded', { outcome: 'success', code: null }, 0],
  ['a log-in that met a limit', { code: 'rate_limited' }, 0],
  ['a log-in without a password', { code: 'invalid_input' }, 0],
  ['a step-up of who is signed in', { action: 'auth.stepUp' }, 0],
  ['a refusal elsewhere', { action: 'orders.get', code: 'forbidden' }, 0],
  ['an address that is never blocked', { key: null }, 0],
] as const)('%s counts %#', async (_what, change, counted) => {
  const { detection, counts } = watch()
  await detection.observe({ ...failure, ...change })
  expect(counts.size).toBe(counted)
})

test('what cannot be decided is told, and stops nobody', async () => {
  const { detection, alerts, errors } = watch({ broken: true })
  for (let time = 0; time < 10; time += 1) await detection.observe(failure)
  expect([alerts, errors]).toMatchObject([[], [{ message: 'Postgres is gone.' }]])
})
