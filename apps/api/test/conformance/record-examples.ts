import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { callRest } from '../support/call.ts'
import type { World } from '../support/create-world.ts'
import type { Declared } from '../support/procedures.ts'
import type { Input } from '../support/walk.ts'
import { meet, routed } from './occasions.ts'

export interface Example {
  readonly input: Input
  /** As specmatic reads it. */
  readonly exchange: object
}

/** Asks every route once, with the sample of the walking tests: request and answer, by procedure. */
export async function recordExamples(world: World): Promise<ReadonlyMap<string, Example>> {
  const examples = new Map<string, Example>()
  for (const procedure of routed) {
    const { caller, input } = await meet(world, procedure)
    const { status, body, text } = await callRest(world.api.url, procedure, input, caller.asked)
    if (status !== procedure.rest?.rest.status) throw new Error(`${procedure.path}: ${text}`)
    // No bytes: specmatic compares the type of a content, not the content.
    const content = procedure.rest.transfer === 'lines' ? text : (body ?? 'content')
    const answer = text === '' ? {} : { body: content }
    const exchange = {
      'http-request': requestOf(procedure, input),
      'http-response': { status, ...answer },
    }
    examples.set(procedure.path, { input, exchange })
  }
  return examples
}

export async function writeExamples(
  examples: ReadonlyMap<string, Example>,
  folder: string,
): Promise<void> {
  for (const [name, { exchange }] of examples) {
    await writeFile(join(folder, `${name}.json`), JSON.stringify(exchange))
  }
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
