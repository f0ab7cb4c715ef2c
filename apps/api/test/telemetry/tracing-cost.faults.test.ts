import { inSpan } from '@repo/telemetry'
import {
  type AppProcess,
  createTestRedis,
  findFreePort,
  startApp,
  type TestRedis,
} from '@repo/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createWorld, type World } from '../support/create-world.ts'
import { createQuestions, type Question } from '../support/questions.ts'
import { scrape } from '../support/read-metrics.ts'
import { request } from '../support/request.ts'
import { environmentOver, saidWhenReady } from '../support/run-both.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { startOtlpReceiver } from '../support/start-otlp-receiver.ts'

vi.setConfig({ testTimeout: 300_000 })

const rounds = 8
const requestsInRound = 300
const clients = 8

let api: TestApi
let world: World
let redis: TestRedis
let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>
const started: AppProcess[] = []
let questions: readonly Question[] = []

beforeAll(async () => {
  ;[api, redis, receiver] = await Promise.all([startApi(), createTestRedis(), startOtlpReceiver()])
  world = await createWorld(api)
  questions = await createQuestions(world)
})
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGTERM')
    await ended
  }
  await world?.close()
  await Promise.all([api?.close(), redis?.close(), receiver?.close()])
})

interface Measured {
  readonly url: string
  readonly metrics: string
}

async function start(settings: Readonly<Record<string, string>>): Promise<Measured> {
  const port = await findFreePort()
  const environment = { ...environmentOver(api, redis, port), LOG_LEVEL: 'warn', ...settings }
  const main = startApp('api', environment)
  started.push(main)
  await main.untilReady()
  return { url: `http://127.0.0.1:${port}`, metrics: saidWhenReady(main.output(), 'metricsUrl') }
}

const cpuOf = async ({ metrics }: Measured) =>
  (await scrape(metrics)).get('process_cpu_seconds_total') ?? Number.NaN

/** The CPU that one request costs the process, in seconds. */
async function measure(process: Measured): Promise<number> {
  const before = await cpuOf(process)
  let next = 0
  const ask = async () => {
    while (next < requestsInRound) {
      const { path, cookie } = questions[next % questions.length] ?? { path: '', cookie: '' }
      next += 1
      expect((await request(process.url + path, { cookie })).status).toBe(200)
    }
  }
  await Promise.all(Array.from({ length: clients }, ask))
  return ((await cpuOf(process)) - before) / requestsInRound
}

const quantile = (values: readonly number[], share: number) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN

/** What a seam costs that asks whether it is recorded, and is not; in seconds. */
async function costOfSilence(): Promise<number> {
  const count = 200_000
  const task = async () => 1
  const times: number[] = []
  for (let round = 0; round < 9; round += 1) {
    const before = process.cpuUsage()
    for (let index = 0; index < count; index += 1) await inSpan('x', { kind: 'client' }, task)
    const inside = process.cpuUsage(before)
    const bare = process.cpuUsage()
    for (let index = 0; index < count; index += 1) await task()
    const outside = process.cpuUsage(bare)
    times.push((inside.user + inside.system - outside.user - outside.system) / count / 1e6)
  }
  return quantile(times, 0.5)
}

test('traces that are off cost nothing to speak of, and one of ten recorded costs 5 % of the CPU at most', async () => {
  const traced = (ratio: string) =>
    start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER_ARG: ratio })
  const [off, offToo, on, all] = [
    await start({}),
    await start({}),
    await traced('0.1'),
    await traced('1'),
  ]
  const processes = [off, offToo, on, all]
  // Until all code is compiled.
  for (const one of processes) await measure(one)
  const costs: number[][] = []
  for (let round = 0; round < rounds; round += 1) {
    const ofRound: number[] = []
    // Each is the first, the second and the last as often.
    for (let place = 0; place < processes.length; place += 1) {
      const index = (place + round) % processes.length
      const one = processes[index]
      if (one) ofRound[index] = await measure(one)
    }
    costs.push(ofRound)
  }
  // What else the machine does only adds: the lower quarter of the rounds had the least of it.
  const costOf = (index: number) =>
    quantile(
      costs.map((ofRound) => ofRound[index] ?? Number.NaN),
      0.25,
    )
  const [first, second, tenth, every] = [costOf(0), costOf(1), costOf(2), costOf(3)]
  const untraced = (first + second) / 2
  const [same, recorded, whole] = [second / first, tenth / untraced, every / untraced]
  const silence = await costOfSilence()
  // A request has some 15 seams.
  const silent = (15 * silence) / untraced
  const said = `CPU of a request ${(untraced * 1e6).toFixed(0)} µs; off to off ${same.toFixed(3)}, one of ten to off ${recorded.toFixed(3)}, all to off ${whole.toFixed(3)}; 15 silent seams ${(silent * 100).toFixed(2)} %`
  process.stdout.write(`${said}\n`)
  expect((await scrape(on.metrics)).get('rampart_spans_sent_total'), said).toBeGreaterThan(1_000)
  expect(receiver.spans.length, said).toBeGreaterThan(1_000)
  expect(silent, said).toBeLessThan(0.01)
  // Recorded whole it costs ten times as much, so that noise counts a tenth here.
  expect(silent + (whole - 1) / 10, said).toBeLessThanOrEqual(0.05)
  // By itself it can be told no better than two processes that trace nothing can be told apart.
  expect(recorded, said).toBeLessThanOrEqual(1.05 + Math.abs(same - 1))
})
