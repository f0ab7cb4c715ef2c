import { expect, test } from 'vitest'
import type { Alert, AlertStore } from './alert-store.ts'
import { createFindings } from './findings.ts'

const at = new Date('2027-01-01T12:00:00Z')
const found = (subject: string, added = 1) => ({ subject, total: added, added })

/** A store that is asked for one finding after the other, and answers when it is told to. */
function watch(maxWaiting: number) {
  const asked: { readonly subject: string | null; readonly added: number; readonly id: string }[] =
    []
  const alerts: Alert[] = []
  let answer = Promise.withResolvers<boolean>()
  const raise: AlertStore['raise'] = async (rule, { subject, total: count, added }, id) => {
    asked.push({ subject, added, id })
    if (!(await answer.promise)) throw new Error('Postgres is gone.')
    const rest = { severity: 'info', summary: '', status: 'open' } as const
    return { id, rule, subject, count, ...rest, firstAt: at, lastAt: at }
  }
  const findings = createFindings({ raise }, maxWaiting)
  return {
    findings,
    asked,
    alerts,
    add: (subject: string, added?: number) => findings.add('token_reuse', found(subject, added)),
    store: () => findings.store((alert) => alerts.push(alert)),
    answer(isTaken: boolean) {
      answer.resolve(isTaken)
      answer = Promise.withResolvers()
      if (isTaken) answer.resolve(true)
    },
  }
}

test('what is on its way to Postgres has its place until it is there', async () => {
  const { findings, add, store, answer, alerts } = watch(2)
  add('a', 3)
  const first = store()
  expect([add('b'), add('c'), add('a')]).toEqual([true, false, true])
  answer(false)
  await expect(first).rejects.toThrow('Postgres is gone.')
  expect(findings.countWaiting()).toBe(5)
  findings.retryNow()
  answer(true)
  await store()
  expect(alerts.map(({ subject }) => subject)).toEqual(['b', 'a'])
  expect(findings.countWaiting()).toBe(0)
})

test('what is found of the same meanwhile is a finding of its own, and of what is new alone', async () => {
  const { findings, add, store, answer, asked } = watch(1)
  add('a', 3)
  const first = store()
  add('a', 2)
  answer(true)
  await first
  expect(findings.countWaiting()).toBe(2)
  await store()
  expect(asked).toMatchObject([{ added: 3 }, { added: 2 }])
  expect(asked[1]?.id).not.toBe(asked[0]?.id)
})

test('what is asked again has the same id, and waits behind all others', async () => {
  const { findings, add, store, answer, asked } = watch(2)
  add('a')
  add('b')
  const first = store()
  answer(false)
  await expect(first).rejects.toThrow()
  await store()
  expect(asked).toHaveLength(1)
  findings.retryNow()
  answer(true)
  await store()
  expect(asked.map(({ subject }) => subject)).toEqual(['a', 'b', 'a'])
  expect(asked[2]?.id).toBe(asked[0]?.id)
})
