import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { servedKind } from '../support/access-matrix.ts'
import { createCallers } from '../support/create-caller.ts'
import type { World } from '../support/create-world.ts'
import { problemOf } from '../support/problem-of.ts'
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

/** The input once for each object in it, with a field there that no schema names; and where it is. */
function withUnknownField(input: Input | undefined): { pointer: string; input: Input }[] {
  // Who takes no input refuses the whole of it.
  if (input === undefined) return [{ pointer: '', input: { unexpected: '1' } }]
  const nested = Object.entries(input).flatMap(([name, value]) =>
    isObject(value)
      ? withUnknownField(value).map((place) => ({
          pointer: `/${name}${place.pointer}`,
          input: { ...input, [name]: place.input },
        }))
      : [],
  )
  return [{ pointer: '/unexpected', input: { ...input, unexpected: '1' } }, ...nested]
}

const isObject = (value: unknown): value is Input =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Somebody who is let in, and the sample about them. */
async function createCall(procedure: Declared) {
  const subject = await createSubject(world, await world.createPerson())
  const { person, asked } = await createCallers(world)(servedKind(procedure), subject.person)
  return { asked, sample: await sampleOf(procedure, { world, subject, caller: person }) }
}

describe.each(named(listProcedures(appRouter)))('%s', (_path, procedure) => {
  it.each(transports)('refuses a field it does not know, by %s', async (_name, call) => {
    const { asked, sample } = await createCall(procedure)
    for (const { pointer, input } of withUnknownField(sample)) {
      const refused = await call(api.url, procedure, input, asked)
      expect(refused.status, refused.text).toBe(400)
      const problem = problemOf(refused.body)
      expect(problem?.code).toBe('invalid_input')
      expect(problem?.errors?.map((error) => error.pointer)).toEqual([pointer])
    }
    const answer = await call(api.url, procedure, sample, asked)
    expect(answer.status, answer.text).toBe(successOf(procedure, call))
  })
})

it('looks into nested objects too', () => {
  const places = withUnknownField({ a: { b: {} } }).map(({ pointer }) => pointer)
  expect(places).toEqual(['/unexpected', '/a/unexpected', '/a/b/unexpected'])
})
