import { z } from 'zod'

interface Leniency {
  /** A plain object drops unknown fields: right for an output, wrong for an input. */
  readonly objectsMayStrip?: boolean
}

// Kinds that name what they take and hold no other schema; a transformation stands in a pipe, whose
// other side is looked at.
const leaves: ReadonlySet<string> = new Set([
  ...['string', 'number', 'boolean', 'bigint', 'date', 'enum', 'literal', 'template_literal'],
  ...['null', 'undefined', 'void', 'never', 'transform'],
])

/**
 * Where a schema lets through what it does not name: objects that are not strict, any, unknown, and
 * every kind of schema that this file does not know (lazy, catch, map …).
 */
export function looseParts(schema: unknown, leniency: Leniency = {}, at = '/'): string[] {
  if (schema instanceof z.ZodObject) {
    const children = Object.entries(schema.shape).flatMap(([key, child]) =>
      looseParts(child, leniency, `${at}${key}/`),
    )
    return isClosed(schema, leniency) ? children : [at, ...children]
  }
  if (schema instanceof z.ZodType && leaves.has(schema.def.type)) return []
  return innerSchemas(schema)?.flatMap((child) => looseParts(child, leniency, at)) ?? [at]
}

function isClosed({ def }: z.ZodObject, { objectsMayStrip = false }: Leniency): boolean {
  return def.catchall instanceof z.ZodNever || (def.catchall === undefined && objectsMayStrip)
}

/** Null for a kind that is not known here. */
function innerSchemas(schema: unknown): readonly unknown[] | null {
  if (schema instanceof z.ZodArray) return [schema.element]
  if (schema instanceof z.ZodUnion) return schema.options
  if (schema instanceof z.ZodIntersection) return [schema.def.left, schema.def.right]
  if (schema instanceof z.ZodPipe) return [schema.in, schema.out]
  if (schema instanceof z.ZodRecord) return [schema.keyType, schema.valueType]
  if (schema instanceof z.ZodTuple) return [...schema.def.items, schema.def.rest ?? z.never()]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional)
    return [schema.unwrap()]
  if (schema instanceof z.ZodNullable) return [schema.unwrap()]
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly) return [schema.unwrap()]
  return null
}
