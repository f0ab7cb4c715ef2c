import type { AnyTRPCRouter } from '@trpc/server'
import { z } from 'zod'
import { looseParts } from './loose-parts.ts'
import { fieldsOf } from './schema-fields.ts'
import type { ProcedureMeta } from './trpc.ts'

interface ProcedureDefinition {
  readonly type: string
  readonly meta?: ProcedureMeta
  readonly inputs: readonly unknown[]
  readonly output?: unknown
}

/** Throws, with every omission at once, when a procedure is not guarded as the house demands. */
export function checkRouter(router: AnyTRPCRouter): void {
  const procedures = Object.entries<{ _def: ProcedureDefinition }>(router._def.procedures)
  const problems = procedures.flatMap(([path, { _def }]) =>
    problemsOf(_def).map((problem) => `${path}: ${problem}`),
  )
  if (problems.length > 0) {
    throw new Error(`The router is not safe to serve:\n  ${problems.join('\n  ')}`)
  }
}

function problemsOf({ meta, inputs, output, type }: ProcedureDefinition): string[] {
  const problems = [
    !meta?.access && 'no declared access: start it from a door (procedures/doors.ts)',
    !meta?.limits && 'no limit class: start it from a door (procedures/doors.ts)',
    inputs.length !== 1 && 'needs exactly one .input (noInput when it takes none)',
    !(output instanceof z.ZodType) && 'no declared output',
    !meta?.openapi && !meta?.noRest && 'no REST route, and no reason for none (noRest)',
    type === 'subscription' && 'subscriptions are not served',
    isAboutCredentials(type, meta) &&
      meta?.holdsSecret === undefined &&
      'does not say whether its input or answer holds a secret (holdsSecret)',
    ...secretsInUrl(type, meta, inputs).map((path) => `sensitive input in a URL at ${path}`),
    ...inputs.flatMap((input) => looseParts(input)).map((part) => `loose input at ${part}`),
    ...looseOutput(output).map((part) => `open output at ${part}`),
  ]
  return problems.filter((problem) => problem !== false)
}

/** A query's input, a DELETE's and what stands in a path are in the URL, which histories and proxies keep. */
function secretsInUrl(
  type: string,
  meta: ProcedureMeta | undefined,
  inputs: readonly unknown[],
): readonly string[] {
  const { method, path = '' } = meta?.openapi ?? {}
  const isAllInUrl = type === 'query' || method === 'GET' || method === 'DELETE'
  return inputs
    .flatMap((input) => fieldsOf(input))
    .filter((field) => field.isSensitive && (isAllInUrl || path.includes(`{${field.name}}`)))
    .map((field) => field.path)
}

/** A change behind a door that opens no database is about accounts and what proves them. */
const isAboutCredentials = (type: string, meta: ProcedureMeta | undefined) =>
  type === 'mutation' && meta?.access !== undefined && !('action' in meta.access)

/** An output may drop fields, so plain objects are fine; what lets anything through is not. */
const looseOutput = (output: unknown) =>
  output === undefined ? [] : looseParts(output, { objectsMayStrip: true })
