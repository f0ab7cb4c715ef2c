import { afterAll, expect, it } from 'vitest'
import type { World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { useWorld } from '../support/use-world.ts'
import type { Described } from './document-for-specmatic.ts'
import { createOccasions } from './occasions.ts'
import { type Example, recordExamples, writeExamples } from './record-examples.ts'
import { type RequestGateway, startRequestGateway } from './request-gateway.ts'
import { runSpecmatic } from './run-specmatic.ts'

const fifteenMinutes = 900_000

let world: World
let document: Described
let examples: ReadonlyMap<string, Example>
let gateway: RequestGateway

useWorld(async (made) => {
  world = made.world
  document = JSON.parse((await request(`${made.api.url}/openapi.json`)).text)
  examples = await recordExamples(world)
  gateway = await startRequestGateway(made.api.url, createOccasions(world, examples))
})
afterAll(() => gateway.close())

const run = (described: Described, filter: string) =>
  runSpecmatic({
    document: described,
    url: gateway.origin,
    filter,
    writeExamples: (folder) => writeExamples(examples, folder),
  })

// An upload is no JSON: specmatic would send the field `file` as text (flows/files.test.ts).
const allButUploads = "PATH!='/files'"

it(
  'specmatic finds no 5xx and no answer outside the contract',
  async () => {
    const { failed, succeeded } = await run(document, allButUploads)
    expect(gateway.seen.filter(({ status }) => status >= 500)).toEqual([])
    expect(failed).toEqual([])
    expect(succeeded).toBeGreaterThan(300)
    expect(new Set(gateway.seen.map(({ path }) => path)).size).toBe(examples.size - 2)
  },
  fifteenMinutes,
)

it(
  'specmatic finds an answer that is not what the document says',
  async () => {
    const path = '/orders/{orderId}'
    const only = { ...document, paths: { [path]: Object(document.paths[path]) } }
    const untrue = JSON.parse(JSON.stringify(only).replaceAll('"createdAt"', '"madeAt"'))
    const reading = "METHOD='GET'"
    expect((await run(only, reading)).failed).toEqual([])
    expect((await run(untrue, reading)).failed).not.toEqual([])
  },
  fifteenMinutes,
)
