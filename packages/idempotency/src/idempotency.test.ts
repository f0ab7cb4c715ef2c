import { withRowScope } from '@repo/database'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKept, type Kept, requestOf } from '../test/use-idempotency.ts'
import type { ClaimedKey, KeyedRequest } from './idempotency.ts'

let kept: Kept

beforeAll(async () => {
  kept = await createKept()
})
afterAll(() => kept.close())

const answer = { status: 201, body: '{"id":1}' }
const replay = { kind: 'replay', ...answer }

async function claim(request: KeyedRequest): Promise<ClaimedKey> {
  const outcome = await kept.claim(request)
  if (outcome.kind !== 'run') throw new Error(`The claim was answered by ${outcome.kind}.`)
  return outcome.claimed
}

/** The claims of a request at once, by how they ended. */
async function claimAtOnce(request: KeyedRequest, count = 20): Promise<readonly string[]> {
  const outcomes = await Promise.all(Array.from({ length: count }, () => kept.claim(request)))
  return outcomes.map(({ kind }) => kind).toSorted()
}

const oneRuns = [...Array(19).fill('busy'), 'run']

describe('a claim', () => {
  test('of 20 at once runs exactly once', async () => {
    expect(await claimAtOnce(requestOf())).toEqual(oneRuns)
  })

  test('is busy while the first one runs, and then gets its answer', async () => {
    const request = requestOf()
    const claimed = await claim(request)
    expect(await kept.claim(request)).toEqual({ kind: 'busy' })
    await kept.complete(claimed, answer)
    expect(await kept.claim(request)).toEqual(replay)
    expect(await claimAtOnce(request, 5)).toEqual(Array(5).fill('replay'))
  })

  test('for another request is a mismatch, while the first one runs and after it', async () => {
    const request = requestOf()
    const other = { ...request, requestHash: 'b'.repeat(64) }
    const claimed = await claim(request)
    expect(await kept.claim(other)).toEqual({ kind: 'mismatch' })
    await kept.complete(claimed, answer)
    expect(await kept.claim(other)).toEqual({ kind: 'mismatch' })
    expect(await kept.claim(request)).toEqual(replay)
  })

  test('runs again once it has been released, for any request', async () => {
    const request = requestOf()
    await kept.release(await claim(request))
    expect(await claimAtOnce({ ...request, requestHash: 'b'.repeat(64) })).toEqual(oneRuns)
  })

  test('an empty answer is an answer', async () => {
    const request = requestOf()
    await kept.complete(await claim(request), { status: 204, body: '' })
    expect(await kept.claim(request)).toEqual({ kind: 'replay', status: 204, body: '' })
  })
})

test.each<[string, (request: KeyedRequest) => Partial<KeyedRequest>]>([
  ['user', () => ({ userId: crypto.randomUUID() })],
  ['organization', () => ({ organizationId: crypto.randomUUID() })],
  ['organization, which is none', () => ({ organizationId: null })],
  ['key', ({ key }) => ({ key: `${key}1` })],
])('the key of another %s is another key', async (_what, change) => {
  const request = requestOf()
  await kept.complete(await claim(request), answer)
  const other = { ...request, ...change(request), requestHash: 'b'.repeat(64) }
  await kept.complete(await claim(other), { status: 200, body: 'theirs' })
  expect(await kept.claim(other)).toMatchObject({ kind: 'replay', body: 'theirs' })
  expect(await kept.claim(request)).toEqual(replay)
})

describe('with time', () => {
  test('an answer is kept for 24 hours', async () => {
    const request = requestOf()
    await kept.complete(await claim(request), answer)
    kept.moveClock(24 * 60 * 60 - 5)
    expect(await kept.claim(request)).toEqual(replay)
    kept.moveClock(6)
    expect(await claimAtOnce(request)).toEqual(oneRuns)
  })

  test('a claim that nobody completes frees itself after 60 seconds', async () => {
    const request = requestOf()
    await claim(request)
    kept.moveClock(55)
    expect(await kept.claim(request)).toEqual({ kind: 'busy' })
    kept.moveClock(6)
    expect(await claimAtOnce(request)).toEqual(oneRuns)
  })

  test('a claim that another has taken over neither answers nor frees it', async () => {
    const request = requestOf()
    const late = await claim(request)
    kept.moveClock(61)
    const taken = await claim(request)
    await kept.complete(late, { status: 200, body: 'late' })
    await kept.release(late)
    expect(await kept.claim(request)).toEqual({ kind: 'busy' })
    await kept.complete(taken, answer)
    await kept.release(taken)
    expect(await kept.claim(request)).toEqual(replay)
  })

  test('what has expired of a user is deleted when they claim, and nothing else', async () => {
    const [request, stranger] = [requestOf(), requestOf()]
    for (const one of [request, { ...request, key: 'key-2' }, stranger]) {
      await kept.complete(await claim(one), answer)
    }
    const count = async ({ userId }: KeyedRequest) =>
      (await kept.sql.run('SELECT FROM idempotency_keys WHERE user_id = $1', [userId])).length
    await claim({ ...request, key: 'key-3' })
    expect([await count(request), await count(stranger)]).toEqual([3, 1])
    kept.moveClock(24 * 60 * 60 + 1)
    await claim({ ...request, key: 'key-4' })
    expect([await count(request), await count(stranger)]).toEqual([1, 1])
  })

  test('users who claim many expired keys at once do not lock each other up', async () => {
    const { userId, organizationId } = requestOf()
    const requests = Array.from({ length: 10 }, (_, index) =>
      requestOf({ userId, organizationId, key: `key-${index}` }),
    )
    for (const request of requests) await kept.complete(await claim(request), answer)
    kept.moveClock(24 * 60 * 60 + 1)
    const outcomes = await Promise.all(requests.map((request) => kept.claim(request)))
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(10).fill('run'))
  })
})

describe('in the database', () => {
  test('a key is there as its SHA-256 alone', async () => {
    const request = requestOf({ key: 'a-key-worth-guessing' })
    await kept.complete(await claim(request), answer)
    const rows = await kept.sql.run('SELECT * FROM idempotency_keys WHERE user_id = $1', [
      request.userId,
    ])
    expect(rows).toMatchObject([{ key_hash: expect.stringMatching(/^[0-9a-f]{64}$/), ...answer }])
    expect(JSON.stringify(rows)).not.toContain(request.key)
  })

  test('a user’s rows are theirs alone, by row-level security', async () => {
    const [alice, bob] = [requestOf(), requestOf()]
    await kept.complete(await claim(alice), answer)
    const ask = (scope: KeyedRequest, text: string) =>
      withRowScope(scope, () =>
        kept.database.query({ name: text.slice(0, 20), text, values: [alice.userId] }),
      )
    const read = 'SELECT status FROM idempotency_keys WHERE user_id = $1'
    const change = 'UPDATE idempotency_keys SET status = 418 WHERE user_id = $1 RETURNING status'
    const remove = 'DELETE FROM idempotency_keys WHERE user_id = $1 RETURNING status'
    for (const text of [read, change, remove]) {
      expect(await ask({ ...bob, organizationId: alice.organizationId }, text)).toEqual([])
    }
    expect(await ask(alice, read)).toEqual([{ status: 201 }])
    expect(await ask(alice, remove)).toEqual([{ status: 201 }])
  })

  test('a row cannot be written for somebody else', async () => {
    const [alice, bob] = [requestOf(), requestOf()]
    const text = `INSERT INTO idempotency_keys (user_id, organization_id, key_hash, request_hash, expires_at)
                  VALUES ($1, $2, 'hash', 'hash', now()) RETURNING key_hash`
    const insert = (scope: KeyedRequest) =>
      withRowScope(scope, () =>
        kept.database.query({ name: 'plant', text, values: [alice.userId, alice.organizationId] }),
      )
    await expect(insert(bob)).rejects.toMatchObject({ code: 'not_found' })
    expect(await insert(alice)).toEqual([{ key_hash: 'hash' }])
  })
})
