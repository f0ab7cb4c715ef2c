import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { afterEach, expect, test } from 'vitest'
import { alert, createBench, deliver, routingKey } from '../../test/test-bench.ts'

const bench = createBench()
afterEach(bench.close)

const ajv = new Ajv({ strict: true })
addFormats.default(ajv)

// Events API v2, "Send an alert event", for a trigger.
const isEvent = ajv.compile({
  type: 'object',
  required: ['routing_key', 'event_action', 'dedup_key', 'payload'],
  additionalProperties: false,
  properties: {
    routing_key: { type: 'string', pattern: '^[A-Za-z0-9]{32}$' },
    event_action: { const: 'trigger' },
    dedup_key: { type: 'string', minLength: 1, maxLength: 255 },
    client: { type: 'string' },
    client_url: { type: 'string', format: 'uri' },
    links: {
      type: 'array',
      items: {
        type: 'object',
        required: ['href'],
        additionalProperties: false,
        properties: { href: { type: 'string', format: 'uri' }, text: { type: 'string' } },
      },
    },
    payload: {
      type: 'object',
      required: ['summary', 'source', 'severity'],
      additionalProperties: false,
      properties: {
        summary: { type: 'string', minLength: 1, maxLength: 1_024 },
        source: { type: 'string', minLength: 1 },
        severity: { enum: ['critical', 'error', 'warning', 'info'] },
        timestamp: { type: 'string', format: 'date-time' },
        component: { type: 'string' },
        group: { type: 'string' },
        class: { type: 'string' },
        custom_details: { type: 'object' },
      },
    },
  },
})

async function eventOf(changes: Partial<typeof alert> = {}) {
  const { url, received } = await bench.receiver({
    answer: (response) => response.writeHead(202).end('{"status":"success"}'),
  })
  const pagerduty = { routingKey, url: `${url}/v2/enqueue` }
  expect(await deliver({ pagerduty }, changes)).toEqual([undefined])
  expect(received).toMatchObject([
    { method: 'POST', path: '/v2/enqueue', headers: { 'content-type': 'application/json' } },
  ])
  const event = JSON.parse(received[0]?.body ?? '')
  expect(isEvent(event), JSON.stringify(isEvent.errors)).toBe(true)
  return event
}

test('an alert is a trigger, whose repetitions fall into one incident', async () => {
  expect(await eventOf()).toEqual({
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: alert.id,
    client: 'Rampart',
    client_url: 'https://api.acme.test',
    links: [{ href: `https://api.acme.test/admin/alerts/${alert.id}`, text: 'The alert' }],
    payload: {
      summary: alert.summary,
      severity: 'critical',
      source: 'api.acme.test',
      timestamp: alert.lastAt.toISOString(),
      class: alert.rule,
      custom_details: {
        subject: '203.0.113.7',
        count: 12,
        firstAt: alert.firstAt.toISOString(),
        lastAt: alert.lastAt.toISOString(),
      },
    },
  })
  expect((await eventOf()).dedup_key).toBe(alert.id)
})

test.each(['info', 'warning', 'critical'] as const)('%s is %s there too', async (severity) => {
  expect((await eventOf({ severity })).payload.severity).toBe(severity)
})

test('what strangers wrote fits', async () => {
  const long = '\u0000<&"\n😀'.repeat(2_000)
  const { payload } = await eventOf({ summary: long, subject: long, rule: long })
  expect(payload.summary).toMatch(/^<&" 😀/)
  expect(payload.summary.isWellFormed()).toBe(true)
  expect(payload.custom_details.subject.length).toBeLessThanOrEqual(300)
})

test('the schema notices what is no event', async () => {
  const event = await eventOf()
  for (const broken of [
    { ...event, routing_key: 'short' },
    { ...event, event_action: 'resolve' },
    { ...event, more: 1 },
    { ...event, payload: { ...event.payload, severity: 'fatal' } },
    { ...event, payload: { ...event.payload, summary: 'x'.repeat(1_025) } },
  ]) {
    expect(isEvent(broken)).toBe(false)
  }
})
