import { z } from 'zod'

interface Leniency {
  /** A plain object drops unknown fields: right for an output, wrong for an input. */
  readonly objectsMayStrip?: boolean
}

/** Where a schema lets through what it does not name: objects that are not strict, any, unknown. */
export function looseParts(schema: unknown, leniency: Leniency = {}, at = '/'): string[] {
  if (schema instanceof z.ZodAny || schema instanceof z.ZodUnknown) return [at]
  if (schema instanceof z.ZodObject) {
    const children = Object.entries(schema.shape).flatMap(([key, child]) =>
      looseParts(child, leniency, `${at}${key}/`),
    )
    return isClosed(schema, leniency) ? children : [at, ...children]
  }
  return innerSchemas(schema).flatMap((child) => looseParts(child, leniency, at))
}

function isClosed({ def }: z.ZodObject, { objectsMayStrip = false }: Leniency): boolean {
  return def.catchall instanceof z.ZodNever || (def.catchall === undefined && objectsMayStrip)
}

function innerSchemas(schema: unknown): readonly unknown[] {
  if (schema instanceof z.ZodArray) return [schema.element]
  if (schema instanceof z.ZodUnion) return schema.options
  if (schema instanceof z.ZodIntersection) return [schema.def.left, schema.def.right]
  if (schema instanceof z.ZodPipe) return [schema.in, schema.out]
  if (schema instanceof z.ZodRecord) return [schema.keyType, schema.valueType]
  if (schema instanceof z.ZodTuple) return schema.def.items
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return [schema.unwrap()]
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly) return [schema.unwrap()]
  return []
}
