import { createAddressBlocks, createAlertStore, createDetection, ruleNames } from '@repo/detection'
import { createLimiter } from '@repo/rate-limit'
import { openRedis } from '@repo/redis'
import { createTestRedis } from '@repo/testing'
import { expect, it } from 'vitest'
import type { World } from '../support/create-world.ts'
import { type Attack, attacks } from '../support/load/attacks.ts'
import { ordinaryHour, seconds, secondsAtOnce } from '../support/load/ordinary-hour.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const patienceMs = 600_000

/** Lives through an hour in which attacks come one after the other, in its second half; what was raised. */
async function liveThrough(seed: number, coming: readonly Attack[]) {
  await world.sql.run('DELETE FROM alerts')
  const { database } = api.services.database
  const server = await createTestRedis()
  const connection = openRedis({ kind: 'upstash', ...server, timeoutMs: 60_000 })
  const redis = connection.client
  let passedMs = 0
  const clock = () => new Date(Date.now() + passedMs)
  const problems: unknown[] = []
  const onError = (error: unknown) => problems.push(error)
  const limiter = createLimiter({ redis, timeoutMs: 60_000, clockOffsetMs: () => passedMs })
  const blocks = createAddressBlocks({ database, clock, onError })
  const detection = createDetection({
    ...{ redis, blocks, onError, onDropped: onError },
    alerts: createAlertStore({ database, clock }),
    mayFailAgain: async (key) => (await limiter.decide([{ name: 'failedLogin', key }])).allowed,
    clockOffsetMs: () => passedMs,
    onAlert: () => {},
    onBlocked: () => {},
  })
  const waiting = [...coming]
  let seen = 0
  for (const events of ordinaryHour(seed)) {
    const isTime = passedMs / 1_000 > seconds / 2 && (passedMs / 1_000) % 120 === 0
    const attack = isTime ? (waiting.shift()?.events ?? []) : []
    for (const event of [...events, ...attack]) await detection.observe(event)
    seen += events.length
    await detection.flush()
    passedMs += secondsAtOnce * 1_000
  }
  await detection.close()
  blocks.close()
  await connection.close()
  await server.close()
  expect(waiting).toEqual([])
  expect(problems).toEqual([])
  return { seen, alerts: await world.sql.run('SELECT rule, subject FROM alerts ORDER BY first_at') }
}

it(
  'an ordinary hour of 200 users raises nothing',
  async () => {
    const { seen, alerts } = await liveThrough(1, [])
    expect(alerts).toEqual([])
    // It is no quiet one.
    expect(seen).toBeGreaterThan(35_000)
  },
  patienceMs,
)

it(
  'in the same hour each attack raises its alert, and no other',
  async () => {
    expect(new Set(attacks.map(({ rule }) => rule))).toEqual(new Set(ruleNames))
    const { alerts } = await liveThrough(1, attacks)
    expect(alerts).toEqual(attacks.map(({ rule, subject }) => ({ rule, subject })))
  },
  patienceMs,
)
