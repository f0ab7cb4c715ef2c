import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { callRest } from '../support/call.ts'
import type { World } from '../support/create-world.ts'
import type { Declared } from '../support/procedures.ts'
import type { Input } from '../support/walk.ts'
import { meet, routed } from './occasions.ts'

/**
 * Asks every route once, with the sample of the walking tests, and keeps request and answer as examples in
 * a folder, as specmatic reads them; the inputs by procedure.
 */
export async function recordExamples(world: World, folder: string): Promise<Map<string, Input>> {
  const inputs = new Map<string, Input>()
  for (const procedure of routed) {
    const { caller, input } = await meet(world, procedure)
    inputs.set(procedure.path, input)
    const { status, body, text } = await callRest(world.api.url, procedure, input, caller.asked)
    if (status !== procedure.rest?.rest.status) throw new Error(`${procedure.path}: ${text}`)
    const example = {
      'http-request': requestOf(procedure, input),
      'http-response': { status, ...(text && { body: body ?? text }) },
    }
    await writeFile(join(folder, `${procedure.path}.json`), JSON.stringify(example, null, 2))
  }
  return inputs
}

function requestOf({ rest }: Declared, input: Input) {
  const inPath = new Set(rest?.rest.path.match(/(?<=\{)\w+(?=\})/g))
  const path = rest?.rest.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(input[name])),
  )
  const rests = Object.fromEntries(Object.entries(input).filter(([name]) => !inPath.has(name)))
  const { method } = rest?.rest ?? {}
  const isBody = (method === 'POST' || method === 'PATCH') && Object.keys(rests).length > 0
  const kind = isBody ? { headers: { 'Content-Type': 'application/json' }, body: rests } : {}
  return { method, path, ...kind }
}
