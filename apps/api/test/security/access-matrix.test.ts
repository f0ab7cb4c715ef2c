import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { callerKinds, expectedStatus } from '../support/access-matrix.ts'
import { callRest, callTrpc } from '../support/call.ts'
import { createCallers } from '../support/create-caller.ts'
import type { World } from '../support/create-world.ts'
import { listProcedures } from '../support/procedures.ts'
import { createSubject, samples } from '../support/samples.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let cookieOf: ReturnType<typeof createCallers>

useWorld((made) => {
  ;({ api, world } = made)
  cookieOf = createCallers(api, world)
})

const procedures = listProcedures(appRouter)

describe.each(procedures.map((procedure) => [procedure.path, procedure] as const))(
  '%s',
  (path, procedure) => {
    it.each(callerKinds)(`answers as declared to: %s`, async (kind) => {
      const expected = expectedStatus(procedure, kind)
      for (const call of [callRest, callTrpc]) {
        const person = await world.createPerson()
        const subject = await createSubject(world, person)
        // A session that the call ends (log-in ends the one before) is not used for another.
        const cookie = await cookieOf(kind, person, { fresh: path.startsWith('auth.log') })
        const answer = await call(api.url, procedure, samples[path]?.(subject), { cookie })
        const success = call === callTrpc && expected < 300 ? 200 : expected
        expect(answer.status, `${call.name}: ${answer.text}`).toBe(success)
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
