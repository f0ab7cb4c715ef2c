import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { callerKinds, expectedStatus } from '../support/access-matrix.ts'
import { createCallers } from '../support/create-caller.ts'
import type { World } from '../support/create-world.ts'
import { listProcedures } from '../support/procedures.ts'
import { createSubject, samples } from '../support/samples.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { sampleOf, transports } from '../support/walk.ts'

let api: TestApi
let world: World
let createCaller: ReturnType<typeof createCallers>

useWorld((made) => {
  ;({ api, world } = made)
  createCaller = createCallers(world)
})

const procedures = listProcedures(appRouter)

describe.each(procedures.map((procedure) => [procedure.path, procedure] as const))(
  '%s',
  (_path, procedure) => {
    it.each(callerKinds)(`answers as declared to: %s`, async (kind) => {
      const expected = expectedStatus(procedure, kind)
      for (const [name, call] of transports) {
        const subject = await createSubject(world, await world.createPerson())
        const { person, asked } = await createCaller(kind, subject.person)
        const input = await sampleOf(procedure, { world, subject, caller: person })
        const answer = await call(api.url, procedure, input, asked)
        const success = name === 'tRPC' && expected < 300 ? 200 : expected
        expect(answer.status, `${name}: ${answer.text}`).toBe(success)
        // Whoever asks, and whatever they are told: no cache keeps it (G23).
        expect(answer.headers.get('cache-control')).toBe('no-store')
      }
    })

    it('lets somebody in', () => {
      expect(callerKinds.some((kind) => expectedStatus(procedure, kind) < 300)).toBe(true)
    })
  },
)

it('knows a sample for every procedure, and no other', () => {
  expect(Object.keys(samples).toSorted()).toEqual(procedures.map(({ path }) => path).toSorted())
})
