import type { AnyTRPCRouter } from '@trpc/server'
import { fieldsOf } from './schema-fields.ts'

interface ProcedureDefinition {
  readonly inputs: readonly unknown[]
  readonly output?: unknown
}

/** The names of the fields that a router's schemas call sensitive, for the logger to redact. */
export function sensitiveNames(router: AnyTRPCRouter): ReadonlySet<string> {
  const procedures = Object.values<{ _def: ProcedureDefinition }>(router._def.procedures)
  const fields = procedures.flatMap(({ _def }) =>
    [..._def.inputs, _def.output].flatMap((schema) => fieldsOf(schema)),
  )
  return new Set(fields.filter((field) => field.isSensitive).map(({ name }) => name))
}
