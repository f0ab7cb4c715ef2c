import { openSql } from '@repo/testing'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { createShuffle } from './create-shuffle.ts'
import { createLogInUsers, type LogInKind } from './log-in-users.ts'
import { print } from './print-table.ts'
import { readNumber } from './read-number.ts'
import { reportTiming } from './timing-report.ts'

const warmUpRounds = 50

/** `[log-ins] [seed]`: fails when the time of a refusal tells what is behind an e-mail. */
async function compareLogIns(logIns: number, seed: number): Promise<void> {
  const api = await startApi()
  const sql = openSql(api.database.ownerUrl)
  try {
    const kinds = (await createLogInUsers(sql)).map((kind) => ({ ...kind, milliseconds: [] }))
    const rounds = Math.ceil(logIns / kinds.length)
    print(`${rounds} rounds of ${kinds.length} log-ins, seed ${seed}`)
    await logInByTurns(api, kinds, { rounds, shuffle: createShuffle(seed) })
    if (!reportTiming(kinds)) process.exitCode = 1
  } finally {
    await sql.close()
    await api.close()
  }
}

/** One log-in at a time, of every kind in each round, in random order. */
async function logInByTurns(
  { url, moveClock }: TestApi,
  kinds: readonly (LogInKind & { readonly milliseconds: number[] })[],
  plan: { readonly rounds: number; readonly shuffle: ReturnType<typeof createShuffle> },
): Promise<void> {
  for (let round = -warmUpRounds; round < plan.rounds; round += 1) {
    // No account is slowed down for what it failed before.
    moveClock(16 * 60)
    for (const kind of plan.shuffle(kinds)) {
      const milliseconds = await timeLogIn(url, kind)
      if (round >= 0) kind.milliseconds.push(milliseconds)
    }
    if (round > 0 && round % 100 === 0) print(`  ${round * kinds.length} log-ins`)
  }
}

async function timeLogIn(url: string, { name, email, password }: LogInKind): Promise<number> {
  const asked = { method: 'POST', body: { email, password } }
  const began = performance.now()
  const { status, body } = await request(`${url}/api/auth/login`, asked)
  const milliseconds = performance.now() - began
  if (status === 401 && body?.['code'] === 'invalid_credentials') return milliseconds
  throw new Error(`${name}: the answer was ${status} ${body?.['code']}.`)
}

await compareLogIns(readNumber(0, 'The number of log-ins', 6_000), readNumber(1, 'The seed', 1))
