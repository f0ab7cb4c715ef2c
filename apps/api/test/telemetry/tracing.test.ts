import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../support/create-world.ts'
import { parseMetrics } from '../support/read-metrics.ts'
import { anyAddress, request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { startOtlpReceiver } from '../support/start-otlp-receiver.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const parent = '00f067aa0ba902b7'

let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>
let api: TestApi
let world: World

async function start(ratio: string): Promise<void> {
  receiver = await startOtlpReceiver()
  api = await startApi({
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=between%20us',
      OTEL_TRACES_SAMPLER_ARG: ratio,
    },
  })
  world = await createWorld(api)
}

async function stop(): Promise<void> {
  await world?.close()
  await api?.close()
  await receiver?.close()
}

const counts = async () => parseMetrics(await api.services.metrics.meter.read())

/** The spans of one request, once all of them are there. */
async function spansOf(requestId: string | null) {
  const line = () => api.log().find((one) => one['requestId'] === requestId && one['status'])
  await expect.poll(line).toBeDefined()
  const traceId = String(line()?.['traceId'])
  const spans = () => receiver.spans.filter((span) => span.traceId === traceId)
  await expect.poll(() => spans().some(({ kind }) => kind === 2)).toBe(true)
  return spans()
}

const idOf = ({ headers }: { readonly headers: Headers }) => headers.get('x-request-id')

describe('with every trace recorded', () => {
  beforeAll(() => start('1'))
  afterAll(stop)

  test('a request is one trace, which its log line names: procedure, statements and commands within', async () => {
    const { cookie } = await world.createPerson()
    const spans = await spansOf(idOf(await request(`${api.url}/api/orders/7`, { cookie })))
    const byName = new Map(spans.map((span) => [span.name, span]))
    const server = byName.get('GET /api/orders/:orderId')
    expect(server).toMatchObject({
      ...{ service: 'rampart-api', kind: 2, parentId: '', status: 0 },
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/orders/:orderId',
        'http.response.status_code': 404,
      },
    })
    const procedure = byName.get('orders.get')
    expect(procedure).toMatchObject({
      parentId: server?.spanId,
      attributes: { 'rampart.outcome': 'not_found' },
    })
    expect(byName.get('SELECT orders')).toMatchObject({
      kind: 3,
      attributes: { 'db.system.name': 'postgresql' },
    })
    expect(byName.get('EVALSHA')?.attributes).toEqual({ 'db.system.name': 'redis' })
    const ids = new Set(spans.map(({ spanId }) => spanId))
    expect(spans.filter((span) => span !== server && !ids.has(span.parentId))).toEqual([])
  })

  test('what reads a body is in the trace too, and what writes in a transaction', async () => {
    const { cookie, id } = await world.createPerson()
    const answer = await request(`${api.url}/api/users/${id}/orders`, {
      ...{ method: 'POST', cookie },
      body: { status: 'open', currency: 'EUR', totalCents: 1 },
    })
    expect(answer.status).toBe(201)
    const spans = await spansOf(idOf(answer))
    const server = spans.find(({ kind }) => kind === 2)
    expect(spans.find(({ name }) => name === 'orders.create')?.parentId).toBe(server?.spanId)
    expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['INSERT orders']))
  })

  test('nothing that a caller or a row has brought along is in any of it', async () => {
    const { cookie, id, email } = await world.createPerson()
    const address = anyAddress()
    const secret = 'canary-of-a-password-9347'
    await request(`${api.url}/api/auth/login`, {
      ...{ method: 'POST', address },
      body: { email, password: secret },
    })
    const found = await request(`${api.url}/api/users/${id}?canary=query-9347`, { cookie, address })
    await request(`${api.url}/canary-path-9347`, { headers: { 'user-agent': 'canary-agent-9347' } })
    await spansOf(idOf(found))
    const sent = () => Buffer.concat(receiver.bodies).toString('latin1')
    await expect.poll(sent).toContain('GET /api/users/:userId')
    const [, token = ''] = cookie.split('=')
    for (const word of [email, secret, address, id, token, '9347']) {
      expect(sent(), word).not.toContain(word)
    }
  })

  test('a trace goes on for a proxy of ours, and the collector is given its key', async () => {
    const headers = { traceparent: `00-${trace}-${parent}-00` }
    const spans = await spansOf(idOf(await request(`${api.url}/api/auth/session`, { headers })))
    expect(spans.find(({ kind }) => kind === 2)).toMatchObject({ traceId: trace, parentId: parent })
    expect(receiver.asked[0]).toMatchObject({
      url: '/v1/traces',
      headers: { 'x-collector-key': 'between us', 'content-type': 'application/x-protobuf' },
    })
  })

  test('a collector that fails costs spans, which are counted, and no request', async () => {
    receiver.answer.status = 400
    const before = (await counts()).get('rampart_spans_lost_total') ?? 0
    const answer = await request(`${api.url}/api/auth/session`)
    expect(answer.status).toBe(401)
    const lost = async () => (await counts()).get('rampart_spans_lost_total') ?? 0
    await expect.poll(lost).toBeGreaterThan(before)
    receiver.answer.status = 200
    await request(`${api.url}/api/auth/session`)
    const said = () => api.log().map(({ msg }) => String(msg))
    await expect.poll(said).toContain('traces are taken again')
    expect(said().filter((msg) => msg.startsWith('traces are not taken'))).toHaveLength(1)
    expect((await counts()).get('rampart_spans_sent_total')).toBeGreaterThan(0)
  })
})

describe('with no trace recorded', () => {
  beforeAll(() => start('0'))
  afterAll(stop)

  test('a caller who says that it is sampled changes nothing, whatever its trace', async () => {
    for (const id of [trace, `${'0'.repeat(31)}1`, 'f'.repeat(32)]) {
      const headers = { traceparent: `00-${id}-${parent}-01` }
      const answer = await request(`${api.url}/api/auth/session`, { headers })
      // Its log line names the trace all the same.
      const line = api.log().find((one) => one['requestId'] === idOf(answer))
      expect(line?.['traceId']).toBe(id)
    }
    await api.services.tracing?.close()
    expect(receiver.spans).toEqual([])
  })
})
