import { expect, test } from 'vitest'
import { createMeter } from './meter.ts'

const named = { name: 'things_total', help: 'Things' }
const linesOf = async (meter: ReturnType<typeof createMeter>) =>
  (await meter.read()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))

test('a label says what is on its list, and other for all else, however much there is', async () => {
  const meter = createMeter()
  const count = meter.counter({ ...named, labels: { what: ['apple', 'pear'] } })
  count({ what: 'apple' })
  for (let index = 0; index < 1_000; index += 1) count({ what: `stone ${index}` })
  expect(await linesOf(meter)).toEqual([
    'things_total{what="apple"} 1',
    'things_total{what="pear"} 0',
    'things_total{what="other"} 1000',
  ])
})

test('a list may grow while the process starts', async () => {
  const meter = createMeter()
  const what = new Set<string>()
  const time = meter.timer({ ...named, name: 'things_seconds', labels: { what } })
  time({ what: 'late' }, 1)
  what.add('late')
  time({ what: 'late' }, 0.2)
  const lines = await linesOf(meter)
  expect(lines).toContain('things_seconds_count{what="other"} 1')
  expect(lines).toContain('things_seconds_bucket{le="0.25",what="late"} 1')
  expect(lines).toContain('things_seconds_bucket{le="0.1",what="late"} 0')
})

test.each(['__proto__', 'constructor', 'toString', ''])('%o is on no list', async (what) => {
  const meter = createMeter()
  meter.counter({ ...named, labels: { what: new Set(['apple']) } })({ what })
  expect(await linesOf(meter)).toContain('things_total{what="other"} 1')
})

test('what something else counts is asked at each scrape, and is bounded too', async () => {
  const meter = createMeter()
  let value = 1
  meter.observe({
    ...named,
    kind: 'counter',
    labels: { what: ['apple'] },
    read: () => [
      { labels: { what: 'apple' }, value },
      { labels: { what: 'stone' }, value: 1 },
      { labels: { what: 'rock' }, value: 1 },
    ],
  })
  await meter.read()
  value = 5
  expect(await linesOf(meter)).toEqual([
    'things_total{what="apple"} 5',
    'things_total{what="other"} 2',
  ])
})

test.each([
  ['null', () => null],
  ['what no counter can say', () => [{ labels: {}, value: -1 }]],
  ['a rejection', () => Promise.reject(new Error('Postgres is gone.'))],
  [
    'a throw',
    () => {
      throw new Error('Postgres is gone.')
    },
  ],
])('%s says nothing, and hides nothing else', async (_name, read) => {
  const meter = createMeter()
  meter.observe({ ...named, name: 'gone', kind: 'counter', labels: {}, read })
  meter.counter({ ...named, labels: {} })({})
  expect(await linesOf(meter)).toEqual(['things_total 1'])
})

test('of many combinations none is there before it is counted', async () => {
  const meter = createMeter()
  const many = Array.from({ length: 101 }, (_, index) => String(index))
  meter.counter({ ...named, labels: { what: many } })
  expect(await linesOf(meter)).toEqual([])
})
