import { expect, test } from 'vitest'
import { composeDigest } from './compose-digest.ts'
import { describeDigest, headlineOf, isQuiet } from './describe-digest.ts'
import type { WeekNumbers, WeekState } from './digest.ts'
import { weekOf, weeksAfter } from './week.ts'

const week = '2026-11-16'
const now = new Date('2026-11-23T07:00:00Z')
const state: WeekState = {
  weeksKnown: 8,
  sealedAt: new Date('2026-11-23T06:59:30Z'),
  head: 'ab'.repeat(32),
  unsealed: 0,
  unsealedSince: null,
  deadLetters: 0,
  keysEnding: 0,
  keysOverAge: 0,
}
const numbersOf = (
  topic: string,
  weeks: readonly number[],
  more: Partial<WeekNumbers> = {},
): WeekNumbers => ({ topic, name: '', severity: null, weeks, ...more })
const steady = (count: number, before: number) => [
  count,
  ...Array.from({ length: 8 }, () => before),
]
const compose = (numbers: readonly WeekNumbers[], changes: Partial<WeekState> = {}) =>
  composeDigest(week, { numbers, state: { ...state, ...changes }, now })
const wordsOf = (...args: Parameters<typeof compose>) =>
  compose(...args).findings.map(({ severity, words }) => `${severity}: ${words}`)

test('what is worst comes first, and of what is unusual that which is furthest off', () => {
  const found = wordsOf(
    [
      numbersOf('refusal', steady(900, 300), { name: 'orders.get' }),
      numbersOf('alert', steady(1, 0), { name: 'mass_export', severity: 'critical' }),
      numbersOf('failedLogIn', steady(4_000, 40)),
    ],
    { keysEnding: 2, keysOverAge: 1, deadLetters: 3 },
  )
  expect(found).toEqual([
    'critical: Alerts of mass_export: 1, each is critical',
    'warning: Jobs that were given up: 3',
    'warning: Log-ins that failed: 4000, where 40 is usual',
    'warning: Refusals of orders.get: 900, where 300 is usual',
    'warning: API keys that are over their age and refused: 1',
    'info: API keys that end within 14 days: 2',
  ])
})

test.each<[why: string, numbers: WeekNumbers]>([
  ['as ever', numbersOf('failedLogIn', steady(40, 40))],
  ['a few more', numbersOf('failedLogIn', steady(55, 40))],
  ['rare, and few', numbersOf('refusal', steady(9, 0), { name: 'orders.get' })],
  [
    'more, where it varies as much',
    numbersOf('failedLogIn', [400, 10, 300, 20, 350, 15, 310, 12, 290]),
  ],
  [
    'an alert that comes each week',
    numbersOf('alert', steady(4, 4), { name: 'x', severity: 'warning' }),
  ],
])('%s is no news', (_, numbers) => {
  expect(wordsOf([numbers])).toEqual([])
})

test.each<[why: string, numbers: WeekNumbers]>([
  ['ten times as many', numbersOf('failedLogIn', steady(400, 40))],
  ['what never was', numbersOf('adminChange', steady(10, 0), { name: 'admin.users.update' })],
  ['an alert that never was', numbersOf('alert', steady(1, 0), { name: 'x', severity: 'warning' })],
  ['what has stopped', numbersOf('logIn', steady(2, 500))],
])('%s is', (_, numbers) => {
  expect(wordsOf([numbers])).toHaveLength(1)
})

test('without weeks to compare with, alerts speak for themselves and nothing else does', () => {
  const numbers = [
    numbersOf('failedLogIn', steady(4_000, 0)),
    numbersOf('alert', steady(2, 0), { name: 'failed_log_ins', severity: 'warning' }),
  ]
  expect(wordsOf(numbers, { weeksKnown: 1 })).toEqual(['warning: Alerts of failed_log_ins: 2'])
})

test('a log that nobody seals is critical; a minute that is not sealed is none', () => {
  const since = (time: string) => ({ unsealed: 7, unsealedSince: new Date(time) })
  expect(wordsOf([], since('2026-11-23T06:59:00Z'))).toEqual([])
  expect(wordsOf([], since('2026-11-23T05:00:00Z'))).toEqual([
    'critical: The audit log is not sealed: 7 events wait since 2026-11-23T05:00:00.000Z',
  ])
})

test('of a week that runs, what has not come yet is not missed', () => {
  const numbers = [numbersOf('logIn', steady(2, 500))]
  const running = composeDigest(week, { numbers, state, now: new Date('2026-11-17T12:00:00Z') })
  expect(running).toMatchObject({ findings: [], until: '2026-11-17T12:00:00.000Z' })
})

test('a quiet week says so in one line', () => {
  const digest = compose([numbersOf('logIn', steady(500, 480))], { keysEnding: 1 })
  expect(isQuiet(digest)).toBe(true)
  const { subject, text } = describeDigest(digest, 'https://api.acme.test')
  expect(subject).toBe(
    'Week of 2026-11-16 at api.acme.test: A quiet week: nothing is out of the ordinary.',
  )
  expect(text.split('\n')[0]).toBe('A quiet week: nothing is out of the ordinary.')
})

test('the mail says what is worth it first, then each number beside the week before', () => {
  const digest = compose([
    numbersOf('failedLogIn', steady(400, 40)),
    numbersOf('alert', steady(3, 1), { name: '<b>rule', severity: 'critical' }),
  ])
  expect(headlineOf(digest)).toBe('2 things are out of the ordinary.')
  const { text, html } = describeDigest(digest, 'https://api.acme.test')
  expect(text).toContain('* [critical] Alerts of <b>rule: 3, each is critical\n* [warning] Log-ins')
  expect(text).toContain('  failed: 400 (+360 on the week before, usual 40)\n')
  expect(text).toContain('https://api.acme.test/admin/digest/2026-11-16\n')
  expect(html).toContain('<td>&lt;b&gt;rule</td><td>3</td><td>1</td><td>1</td>')
  expect(html).not.toContain('<b>')
})

test.each([
  ['2026-11-23T00:00:00.000Z', '2026-11-23'],
  ['2026-11-22T23:59:59.999Z', '2026-11-16'],
  ['2026-11-27T12:00:00.000Z', '2026-11-23'],
  ['2027-01-01T00:00:00.000Z', '2026-12-28'],
])('the week of %s began on %s', (moment, monday) => {
  expect(weekOf(new Date(moment))).toBe(monday)
})

test('weeks go by seven days', () => {
  expect([weeksAfter('2026-12-28', 1), weeksAfter('2027-01-04', -1)]).toEqual([
    '2027-01-04',
    '2026-12-28',
  ])
})
