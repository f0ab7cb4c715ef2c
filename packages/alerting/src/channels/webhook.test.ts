import { randomBytes } from 'node:crypto'
import { verifyWebhook } from '@repo/outbound'
import { afterEach, expect, test } from 'vitest'
import { alert, baseUrl, createBench, deliver, webhookSecret } from '../../test/test-bench.ts'

const bench = createBench()
afterEach(bench.close)

const now = new Date('2030-01-02T03:05:00Z')
const clock = () => now

test('an alert arrives as JSON that its secret has signed, by its id', async () => {
  const { url, received } = await bench.receiver()
  const webhook = { url: `${url}/alerts?team=1`, secrets: [webhookSecret] }
  expect(await deliver({ webhook, clock })).toEqual([undefined])
  const [request] = received
  expect(request).toMatchObject({
    method: 'POST',
    path: '/alerts?team=1',
    headers: { 'content-type': 'application/json', 'webhook-id': alert.id },
  })
  expect(JSON.parse(request?.body ?? '')).toEqual({
    type: 'alert.raised',
    id: alert.id,
    timestamp: alert.lastAt.toISOString(),
    data: {
      ...alert,
      firstAt: alert.firstAt.toISOString(),
      lastAt: alert.lastAt.toISOString(),
      url: `${baseUrl}/admin/alerts/${alert.id}`,
    },
  })
})

test('a receiver verifies it with either of two secrets, and not with a third', async () => {
  const { url, received } = await bench.receiver()
  const secretOf = () => `whsec_${randomBytes(32).toString('base64')}`
  const [old, third] = [secretOf(), secretOf()]
  await deliver({ webhook: { url, secrets: [webhookSecret, old] }, clock })
  const { headers = {}, body = '' } = received[0] ?? {}
  const verify = (secret: string) => verifyWebhook({ headers, body, secrets: [secret], now })
  expect([webhookSecret, old, third].map(verify)).toEqual([alert.id, alert.id, null])
})

test('a second attempt has the same id and body, and the time of its own', async () => {
  const { url, received } = await bench.receiver()
  const webhook = { url, secrets: [webhookSecret] }
  await deliver({ webhook, clock })
  await deliver({ webhook, clock: () => new Date(now.getTime() + 60_000) })
  const [first, second] = received
  expect(second?.body).toBe(first?.body)
  const told = received.map(({ headers }) => [headers['webhook-id'], headers['webhook-timestamp']])
  const seconds = now.getTime() / 1_000
  expect(told).toEqual([
    [alert.id, String(seconds)],
    [alert.id, String(seconds + 60)],
  ])
})

test('what strangers wrote stays one bounded text', async () => {
  const { url, received } = await bench.receiver()
  const hostile = `"},{"type":"x"\r\n\u001b[31m\u202e\u0000\ud800${'ä'.repeat(5_000)}`
  const webhook = { url, secrets: [webhookSecret] }
  const changes = { summary: hostile, subject: hostile, rule: hostile }
  expect(await deliver({ webhook, clock }, changes)).toEqual([undefined])
  const { data } = JSON.parse(received[0]?.body ?? '')
  expect(data.summary).toMatch(/^"\},\{"type":"x" \[31m ä+…$/)
  expect([data.rule, data.subject, data.summary].map(({ length }) => length)).toEqual([
    100, 300, 1_000,
  ])
})
