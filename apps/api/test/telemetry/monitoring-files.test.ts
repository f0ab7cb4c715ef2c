import { readFileSync } from 'node:fs'
import { createTestRedis, type TestRedis } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dashboards, metricsIn, rules } from '../support/monitoring-files.ts'
import { namesOfMetrics } from '../support/read-metrics.ts'
import { runBoth } from '../support/run-both.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi
let redis: TestRedis
let both: Awaited<ReturnType<typeof runBoth>>
let names: ReadonlySet<string>

beforeAll(async () => {
  ;[api, redis] = await Promise.all([startApi({ mailsWait: true }), createTestRedis()])
  both = await runBoth(api, redis)
  const texts = [both.apiMetrics, both.workerMetrics].map(async (url) => (await fetch(url)).text())
  names = new Set([
    ...(await Promise.all(texts)).flatMap((text) => [...namesOfMetrics(text)]),
    ...rules.records,
    // Prometheus's own.
    'up',
  ])
})
afterAll(async () => {
  await both?.close()
  await api?.close()
  await redis?.close()
})

const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels.map((panel) => ({ ...panel, of: dashboard.title })),
)
const drawn = panels.filter(({ type }) => type !== 'row')

test('every metric that a rule names is one of the API or the worker', () => {
  const asked = rules.queries.flatMap(metricsIn)
  expect(rules.queries.length).toBe(rules.alerts.length + rules.records.length)
  expect(new Set(asked).size).toBeGreaterThan(15)
  expect(asked.filter((name) => !names.has(name))).toEqual([])
})

test.each(drawn.map(({ of, title, targets = [] }) => [of, title, targets] as const))(
  '%s: every metric of "%s" is one of the API or the worker',
  (_of, _title, targets) => {
    const asked = targets.flatMap(({ expr }) => metricsIn(expr))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter((name) => !names.has(name))).toEqual([])
  },
)

test('every metric of ours stands on a dashboard or in a rule', () => {
  const queries = [
    ...rules.queries,
    ...drawn.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ]
  const asked = new Set(queries.flatMap(metricsIn))
  const base = (name: string) => name.replace(/_(bucket|sum|count)$/, '')
  const shown = new Set([...asked].map(base))
  const ours = [...names].filter((name) => name.startsWith('rampart_'))
  expect(ours.filter((name) => !shown.has(base(name)))).toEqual([])
})

describe('dashboards', () => {
  test('have an id and a title each, and their panels too', () => {
    const twice = (values: readonly unknown[]) => values.length - new Set(values).size
    expect(dashboards.length).toBeGreaterThan(0)
    expect(twice(dashboards.map(({ uid }) => uid))).toBe(0)
    expect(twice(dashboards.map(({ title }) => title))).toBe(0)
    for (const { panels } of dashboards) {
      expect(twice(panels.map(({ id }) => id))).toBe(0)
      expect(twice(panels.map(({ title }) => title))).toBe(0)
    }
  })

  test('ask the Prometheus that is chosen, in every panel, which says what it shows', () => {
    for (const { templating } of dashboards) {
      expect(templating.list).toContainEqual(
        expect.objectContaining({ name: 'datasource', type: 'datasource' }),
      )
    }
    for (const { title, description = '', datasource, targets = [] } of drawn) {
      expect(description, title).not.toBe('')
      const uids = [datasource?.uid, ...targets.map((target) => target.datasource.uid)]
      expect(new Set(uids), title).toEqual(new Set([`\${datasource}`]))
      expect(targets.length, title).toBeGreaterThan(0)
    }
  })
})

test('docs/operations.md says of every alert what it means, what to do and how to tune it', () => {
  const text = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => line.startsWith('| `Rampart'))
  expect(rows.map((row) => row.split('`')[1])).toEqual(rules.alerts)
  for (const row of rows)
    expect(
      row.split('|').filter((cell) => cell.trim() !== ''),
      row,
    ).toHaveLength(4)
})
