import { parseList } from 'structured-headers'
import { expect, test } from 'vitest'
import { rateLimitHeaders } from './headers.ts'

const decision = {
  allowed: true,
  name: 'login',
  limit: 100,
  remaining: 12,
  resetSeconds: 34,
  retryAfterSeconds: 0,
  windowSeconds: 60,
  degraded: false,
} as const

test('an allowed call learns the policy and what is left of it', () => {
  expect(rateLimitHeaders(decision)).toEqual({
    'ratelimit-policy': '"login";q=100;w=60',
    ratelimit: '"login";r=12;t=34',
  })
})

test('both fields are structured fields, as the draft has them', () => {
  const { ratelimit = '', 'ratelimit-policy': policy = '' } = rateLimitHeaders(decision)
  const parameters = (entries: Record<string, number>) => new Map(Object.entries(entries))
  expect(parseList(policy)).toEqual([['login', parameters({ q: 100, w: 60 })]])
  expect(parseList(ratelimit)).toEqual([['login', parameters({ r: 12, t: 34 })]])
})

test('a refused call learns when to come again', () => {
  const refused = { ...decision, allowed: false, remaining: 0, retryAfterSeconds: 34 }
  expect(rateLimitHeaders(refused)).toMatchObject({ 'retry-after': '34' })
})
