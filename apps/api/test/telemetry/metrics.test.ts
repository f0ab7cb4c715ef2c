import { Agent, request as open } from 'node:http'
import { expect, test } from 'vitest'
import type { World } from '../support/create-world.ts'
import { parseMetrics, type Scrape } from '../support/read-metrics.ts'
import { anyAddress, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
useWorld((made) => {
  ;({ api, world } = made)
})

const read = async (): Promise<Scrape> => parseMetrics(await api.services.metrics.meter.read())

/** By how much each of these series has grown while `task` ran. */
async function growth(task: () => Promise<unknown>, ...series: readonly string[]) {
  const before = await read()
  await task()
  const after = await read()
  return series.map((one) => (after.get(one) ?? 0) - (before.get(one) ?? 0))
}

const logIn = (email: string, password: string, address = anyAddress()) =>
  request(`${api.url}/api/auth/login`, { method: 'POST', body: { email, password }, address })

test('a request is counted by its template, method and status, and timed', async () => {
  const { cookie } = await world.createPerson()
  const where = 'route="/api/orders/:orderId",method="GET"'
  const grown = await growth(
    () => request(`${api.url}/api/orders/2147483647`, { cookie }),
    `rampart_http_requests_total{${where},status="404"}`,
    `rampart_http_request_duration_seconds_count{${where}}`,
    `rampart_http_requests_total{${where},status="200"}`,
  )
  expect(grown).toEqual([1, 1, 0])
})

test('a path without a route is counted as none, and a probe is not counted', async () => {
  const none = 'rampart_http_requests_total{route="none",method="GET",status="404"}'
  expect(await growth(() => request(`${api.url}/nowhere/at/all`), none)).toEqual([1])
  await request(`${api.url}/healthz`)
  expect([...(await read()).keys()].filter((series) => series.includes('healthz'))).toEqual([])
})

test('a method that an address has not makes no series of the two, nor does it of a probe', async () => {
  const none = 'rampart_http_requests_total{route="none",method="PUT",status="405"}'
  const refuse = async () => {
    for (const path of ['/api/orders/1', '/api/auth/login', '/healthz']) {
      const { status } = await request(`${api.url}${path}`, { method: 'PUT' })
      expect(status, path).toBe(405)
    }
  }
  expect(await growth(refuse, none)).toEqual([3])
  const series = [...(await read()).keys()].filter((one) => one.includes('method="PUT"'))
  expect(series.filter((one) => !one.includes('route="none"'))).toEqual([])
})

test('each call of a batch is counted by its procedure, what came of it and its code', async () => {
  const { cookie } = await world.createPerson()
  const input = encodeURIComponent(JSON.stringify({ 0: {}, 1: { orderId: 2_147_483_647 } }))
  const grown = await growth(
    () => request(`${api.url}/trpc/auth.session,orders.get?batch=1&input=${input}`, { cookie }),
    'rampart_procedure_calls_total{procedure="orders.get",outcome="denied",code="not_found"}',
    'rampart_procedure_duration_seconds_count{procedure="orders.get"}',
    'rampart_procedure_duration_seconds_count{procedure="auth.session"}',
  )
  expect(grown).toEqual([1, 1, 1])
})

test('failed log-ins are counted, with the events, the alert and the block that follow', async () => {
  const { email } = await world.createPerson()
  const address = anyAddress()
  const grown = await growth(
    async () => {
      for (let count = 0; count < 10; count += 1) await logIn(email, 'not their password', address)
      await api.services.detection.flush()
    },
    'rampart_log_ins_total{way="password",result="invalid_credentials"}',
    'rampart_security_events_total{event="authn_login_fail"}',
    'rampart_security_events_total{event="authn_login_fail_max"}',
    'rampart_security_events_total{event="authn_login_lock"}',
    'rampart_alerts_raised_total{rule="failed_log_ins"}',
    'rampart_addresses_blocked_total',
    'rampart_addresses_blocked',
  )
  expect(grown).toEqual([10, 10, 1, 1, 1, 1, 1])
})

test('what a limit decides is counted by its name', async () => {
  const decide = () =>
    api.services.limiter.decide([{ name: 'strayMail', key: crypto.randomUUID() }])
  const key = crypto.randomUUID()
  const again = () => api.services.limiter.decide([{ name: 'strayMail', key }])
  const grown = await growth(
    async () => {
      await decide()
      await again()
      await again()
    },
    'rampart_limit_decisions_total{limit="strayMail",decision="allowed",by="redis"}',
    'rampart_limit_decisions_total{limit="strayMail",decision="limited",by="redis"}',
  )
  expect(grown).toEqual([2, 1])
})

test('the audit log and the pools say how much there is of them', async () => {
  const { cookie } = await world.createPerson()
  const [recorded] = await growth(
    () => request(`${api.url}/api/auth/logout`, { method: 'POST', cookie }),
    'rampart_audit_events_total',
  )
  expect(recorded).toBe(1)
  const now = await read()
  expect(now.get('rampart_audit_events_dropped_total')).toBe(0)
  expect(now.get('rampart_database_connections{pool="app",state="idle"}')).toBeGreaterThan(0)
  expect(now.get('rampart_database_connections{pool="platform",state="waiting"}')).toBe(0)
})

test('the main port has no metrics', async () => {
  for (const path of ['/metrics', '/metrics/', '/api/metrics']) {
    expect((await request(api.url + path)).status, path).toBe(404)
  }
})

const oddMethods = ['GET', 'POST', 'PROPFIND', 'PURGE', 'MKCOL', 'DELETE', 'OPTIONS', 'HEAD']

interface Odd {
  readonly agent: Agent
  readonly address?: string | undefined
}

/** What nobody has thought of: paths, methods, procedures and headers of its own each time. */
function oddRequest(index: number, { agent, address = anyAddress() }: Odd): Promise<void> {
  const odd = `${index}-${Math.random().toString(36).slice(2)}`
  const paths = [
    `/${odd}`,
    `/api/${odd}/${odd}`,
    `/api/orders/${odd}`,
    `/api/files/${odd}`,
    `/trpc/${odd}.${odd}`,
    `/trpc/orders.get,${odd}?batch=1`,
    `/oauth/${odd}`,
    `/%e0%a4%a/${odd}`,
    `/?${odd}=${odd}`,
    `/metrics{route="${odd}"}`.replaceAll('"', '%22'),
  ]
  const { hostname, port } = new URL(api.url)
  const method = oddMethods[index % oddMethods.length] ?? 'GET'
  const path = paths[index % paths.length] ?? '/'
  const headers = { 'x-forwarded-for': address, 'user-agent': odd, 'x-organization-id': odd }
  return new Promise((resolve) => {
    const asked = open({ hostname, port, path, method, headers, agent }, (answer) => {
      answer.resume()
      answer.on('close', () => resolve())
    })
    asked.on('error', () => resolve())
    asked.end()
  })
}

async function sendOdd(from: number, to: number, address?: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  let next = from
  const work = async () => {
    for (let index = next++; index < to; index = next++) await oddRequest(index, { agent, address })
  }
  await Promise.all(Array.from({ length: 16 }, work))
  agent.destroy()
}

test('10 000 odd requests make no series that was not there before', async () => {
  // Whom a limit refuses costs nothing more: so the flood takes seconds.
  const limited = anyAddress()
  await sendOdd(0, 1_300, limited)
  await sendOdd(1_300, 1_700, limited)
  await sendOdd(1_700, 2_100)
  const before = await read()
  await sendOdd(2_100, 3_100)
  await sendOdd(3_100, 12_100, limited)
  const after = await read()
  const counted = (scrape: Scrape) =>
    [...scrape]
      .filter(([series]) => series.startsWith('rampart_http_requests_total'))
      .reduce((sum, [, value]) => sum + value, 0)
  expect(counted(after) - counted(before)).toBeGreaterThan(9_900)
  expect([...after.keys()].filter((series) => !before.has(series))).toEqual([])
  // A walk over all procedures makes them all, and that is all there can be.
  expect(after.size).toBeLessThan(5_000)
})
