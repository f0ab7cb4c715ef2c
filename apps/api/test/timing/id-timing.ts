import { servedKind } from '../support/access-matrix.ts'
import { createWorld, type World } from '../support/create-world.ts'
import { callerWithInput, missing, namingIds, sampleAbout } from '../support/id-subjects.ts'
import type { Declared } from '../support/procedures.ts'
import { startApi } from '../support/start-api.ts'
import { type Input, idFieldsOf, transports } from '../support/walk.ts'
import { createShuffle } from './create-shuffle.ts'
import { print, printTable } from './print-table.ts'
import { readNumber } from './read-number.ts'
import { greatestDifference, isWithinThreshold } from './timing-report.ts'

const warmUpRounds = 10
const [, [, callTrpc]] = transports

interface Times {
  readonly foreign: number[]
  readonly missing: number[]
}

/**
 * `[rounds] [seed]`: whether the time of a 404 tells another tenant's object from a missing one. In each round
 * somebody new asks every procedure for both, in random order.
 */
async function compareIds(rounds: number, seed: number): Promise<void> {
  const api = await startApi()
  const world = await createWorld(api)
  const shuffle = createShuffle(seed)
  try {
    print(`${rounds} rounds of ${namingIds.length} procedures, seed ${seed}`)
    const compared: (readonly [path: string, t: number])[] = []
    for (const procedure of namingIds) {
      const times: Times = { foreign: [], missing: [] }
      for (let round = -warmUpRounds; round < rounds; round += 1) {
        const kept = round < 0 ? { foreign: [], missing: [] } : times
        await askBoth(world, procedure, { kept, shuffle })
      }
      compared.push([procedure.path, greatestDifference(times.foreign, times.missing)])
    }
    printTable([['procedure', '|t|'], ...compared.map(([path, t]) => [path, t.toFixed(2)])])
    if (!isWithinThreshold(Math.max(...compared.map(([, t]) => t)))) process.exitCode = 1
  } finally {
    await world.close()
    await api.close()
  }
}

async function askBoth(
  world: World,
  procedure: Declared,
  { kept, shuffle }: { readonly kept: Times; readonly shuffle: ReturnType<typeof createShuffle> },
): Promise<void> {
  const kind = servedKind(procedure)
  const role = kind === 'admin' || kind === 'owner' ? kind : 'member'
  const { cookie, input } = await callerWithInput(world, procedure, role)
  const stranger = await world.createPerson({ organizationId: world.globex })
  const strangers = await sampleAbout(world, procedure, stranger)
  const field = idFieldsOf(input).at(-1) ?? ''
  const ids = { foreign: strangers[field], missing: missing(input[field]) }
  const ask = (id: unknown) => timeCall(world.api.url, procedure, { ...input, [field]: id }, cookie)
  // What a new session costs once is nobody's.
  await ask(ids.missing)
  for (const which of shuffle(['foreign', 'missing'] as const)) {
    kept[which].push(await ask(ids[which]))
  }
}

async function timeCall(url: string, procedure: Declared, input: Input, cookie: string) {
  const began = performance.now()
  const { status, text } = await callTrpc(url, procedure, input, { cookie })
  const milliseconds = performance.now() - began
  if (status === 404) return milliseconds
  throw new Error(`${procedure.path}: the answer was ${status} ${text}.`)
}

await compareIds(readNumber(0, 'The number of rounds', 100), readNumber(1, 'The seed', 1))
