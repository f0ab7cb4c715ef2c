import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { World } from '../support/create-world.ts'
import {
  callerWithInput,
  missing,
  namingIds,
  sampleAbout,
  servedWithInput,
} from '../support/id-subjects.ts'
import type { Declared } from '../support/procedures.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { type Input, idFieldsOf, named, successOf, transports } from '../support/walk.ts'
import { watchWork } from '../support/watch-work.ts'

let api: TestApi
let world: World

// Before the API starts.
const watch = watchWork()

useWorld((made) => {
  ;({ api, world } = made)
})

const [, [, callTrpc]] = transports

/** What Postgres is asked on the way to an answer: the statements in order, by name. */
async function workOf(procedure: Declared, input: Input, cookie: string) {
  watch.takeStatements()
  const { status } = await callTrpc(api.url, procedure, input, { cookie })
  return { status, statements: watch.takeStatements() }
}

// A clock is noise on a busy machine (`pnpm timing:ids` is for that); work is not.
describe.each(named(namingIds))('%s', (_path, procedure) => {
  it.each(['another tenant’s', 'a colleague’s'])(
    'asks Postgres the same about %s object and about a missing one',
    async (whose) => {
      const isForeign = whose === 'another tenant’s'
      const { cookie, input } = await (isForeign
        ? servedWithInput(world, procedure)
        : callerWithInput(world, procedure, 'member'))
      const options = isForeign ? { organizationId: world.globex } : {}
      const hidden = await sampleAbout(world, procedure, await world.createPerson(options))
      for (const field of idFieldsOf(input).filter((name) => hidden[name] !== input[name])) {
        const about = (id: unknown) => workOf(procedure, { ...input, [field]: id }, cookie)
        // A statement may be prepared first, or a connection opened: what tells of the object differs each time.
        await expect
          .poll(
            async () => {
              const absent = await about(missing(input[field]))
              const isSame = isDeepStrictEqual(await about(hidden[field]), absent)
              return { isSame, status: absent.status, isAsked: absent.statements.length > 0 }
            },
            { timeout: 5_000 },
          )
          .toEqual({ isSame: true, status: 404, isAsked: true })
      }
    },
  )

  it('asks more where it serves, so that the comparison can tell', async () => {
    const { cookie, input } = await servedWithInput(world, procedure)
    const [field = ''] = idFieldsOf(input)
    const absent = await workOf(procedure, { ...input, [field]: missing(input[field]) }, cookie)
    const served = await workOf(procedure, input, cookie)
    expect(served.status).toBe(successOf(procedure, callTrpc))
    expect(served).not.toEqual(absent)
  })
})
