import { type LimitName, limits } from '@repo/rate-limit'
import { parseList } from 'structured-headers'
import { expect } from 'vitest'
import type { Declared } from './procedures.ts'
import type { Answer } from './request.ts'
import type { TestApi } from './start-api.ts'

/** Runs a task many times, a few at once. */
export async function repeat(
  times: number,
  task: (index: number) => Promise<Answer>,
  atOnce = 10,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let start = 0; start < times; start += atOnce) {
    const count = Math.min(atOnce, times - start)
    const some = Array.from({ length: count }, (_, index) => task(start + index))
    answers.push(...(await Promise.all(some)))
  }
  return answers
}

/** Of a procedure that is an export, five an hour: whoever walks it with more inputs starts anew. */
export async function renewExports({ services }: TestApi, { limits }: Declared): Promise<void> {
  if (limits !== 'export') return
  const { client } = services.redis
  const keys = await client.keys('rate-limit:export:*')
  if (keys.length > 0) await client.del(...keys)
}

/** What a field of draft-ietf-httpapi-ratelimit-headers says, read as a structured field (RFC 9651). */
export function readLimitField(
  { headers }: Answer,
  field: 'ratelimit' | 'ratelimit-policy',
): Readonly<Record<string, unknown>> {
  const [[name, parameters] = [], ...more] = parseList(headers.get(field) ?? '')
  expect(more).toEqual([])
  return { name, ...Object.fromEntries(parameters ?? []) }
}

/** A refusal by this limit: 429, its policy, nothing left of it, and when to come again. */
export function expectRefused(answer: Answer, name: LimitName): void {
  const { limit, windowSeconds } = limits[name]
  expect(answer.status, answer.text).toBe(429)
  expect(answer.text).toContain('"code":"rate_limited"')
  const wait = answer.headers.get('retry-after') ?? ''
  expect(wait).toMatch(/^[1-9]\d*$/)
  expect(Number(wait)).toBeLessThanOrEqual(windowSeconds)
  expect(readLimitField(answer, 'ratelimit-policy')).toEqual({ name, q: limit, w: windowSeconds })
  expect(readLimitField(answer, 'ratelimit')).toEqual({ name, r: 0, t: Number(wait) })
}
