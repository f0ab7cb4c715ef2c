import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { servedKind } from '../support/access-matrix.ts'
import { type CallerOf, createCallers } from '../support/create-caller.ts'
import type { World } from '../support/create-world.ts'
import { hostileStrings } from '../support/hostile-strings.ts'
import { renewExports } from '../support/limits.ts'
import { type Declared, listProcedures } from '../support/procedures.ts'
import { createSubject } from '../support/samples.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { type Input, named, sampleOf, successOf, transports } from '../support/walk.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

/** Each string of each procedure meets every n-th text, beginning where the one before has ended; all of them by 1. */
const step = Number(process.env['HOSTILE_STEP'] || 40)
// All of them through one procedure: some hash a password for each.
const timeout = Math.max(30_000, 1_200_000 / step)
// What one caller may do in a minute (packages/rate-limit).
const callsEach = 25
// Shorter ones are in answers by chance.
const leastEcho = 6

let next = 0

/** Which texts are tried now. */
function take(): readonly string[] {
  next = (next + 1) % step
  return hostileStrings.filter((_text, index) => index % step === next)
}

/** The input with a text in the place of each string in it, one at a time. */
function withText(input: Input, text: string): readonly Input[] {
  return Object.entries(input).flatMap(([name, value]): Input[] => {
    if (typeof value === 'string') return [{ ...input, [name]: text }]
    if (Array.isArray(value)) return [{ ...input, [name]: [text] }]
    if (typeof value !== 'object' || value === null) return []
    return withText(value as Input, text).map((inner) => ({ ...input, [name]: inner }))
  })
}

async function createCall(
  procedure: Declared,
): Promise<CallerOf & { readonly sample: Input | undefined }> {
  const subject = await createSubject(world, await world.createPerson())
  const { person, asked } = await createCallers(world)(servedKind(procedure), subject.person)
  const sample = await sampleOf(procedure, { world, subject, caller: person })
  return { person, asked, sample }
}

const withStrings = listProcedures(appRouter)

describe.each(named(withStrings))('%s', (_path, procedure) => {
  it.each(transports)(
    'takes no hostile text for more than a text, by %s',
    { timeout },
    async (_name, call) => {
      let caller = await createCall(procedure)
      const inputs = take().flatMap((text) =>
        withText(caller.sample ?? {}, text).map((input) => ({ text, input })),
      )
      for (const [index, { text, input }] of inputs.entries()) {
        if (index % callsEach === callsEach - 1) caller = await createCall(procedure)
        await renewExports(api, procedure)
        const {
          status,
          text: answer,
          headers,
        } = await call(api.url, procedure, input, caller.asked)
        const told = `${JSON.stringify(text).slice(0, 200)}: ${answer}`
        expect(status, told).toBeLessThan(500)
        expect(headers.get('set-cookie') ?? '', told).not.toContain('forged')
        if (status < 400) continue
        expect(headers.get('content-type') ?? '', told).toMatch(/json/)
        if (text.length >= leastEcho) expect(answer, told).not.toContain(text)
      }
      caller = await createCall(procedure)
      const served = await call(api.url, procedure, caller.sample, caller.asked)
      expect(served.status, served.text).toBe(successOf(procedure, call))
    },
  )
})

it('leaves every line of the log whole, and nobody’s table gone', async () => {
  // Throws where a line is not JSON.
  const lines = api.log()
  expect(lines.length).toBeGreaterThan(100)
  expect(lines.filter(({ msg }) => msg === 'forged')).toEqual([])
  expect(await world.sql.run('SELECT count(*) > 0 AS kept FROM orders')).toEqual([{ kept: true }])
})

it('has enough of them', () => {
  expect(hostileStrings.length).toBeGreaterThan(500)
})
