import { isSensitive } from '@repo/validation'
import { z } from 'zod'

export interface SchemaField {
  /** Its names from the outside in, such as `/items/name`; what is inside a list has its list's path. */
  readonly path: string
  readonly name: string
  /** Itself, without what makes it optional. */
  readonly schema: z.ZodType
  /** It is marked, or what holds it is. */
  readonly isSensitive: boolean
}

interface Place {
  readonly path: string
  readonly name: string
  readonly isSensitive: boolean
}

const outermost: Place = { path: '', name: '', isSensitive: false }

/** Every field at the end of a path through a schema: what is a text, a number or a choice. */
export function fieldsOf(schema: unknown, place: Place = outermost): readonly SchemaField[] {
  if (!(schema instanceof z.ZodType)) return []
  const here = { ...place, isSensitive: place.isSensitive || isSensitive(schema) }
  const inner = innerOf(schema)
  if (inner === null) return [{ ...here, schema }]
  return inner.flatMap(([name, child]) =>
    fieldsOf(child, name === null ? here : { ...here, path: `${here.path}/${name}`, name }),
  )
}

type Inner = readonly (readonly [name: string | null, schema: unknown])[]

const unnamed = (...schemas: readonly unknown[]): Inner =>
  schemas.map((schema) => [null, schema] as const)

/** Null for what holds no other schema. */
function innerOf(schema: z.ZodType): Inner | null {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape)
  if (schema instanceof z.ZodRecord) return [['*', schema.valueType]]
  if (schema instanceof z.ZodArray) return unnamed(schema.element)
  if (schema instanceof z.ZodUnion) return unnamed(...schema.options)
  if (schema instanceof z.ZodIntersection) return unnamed(schema.def.left, schema.def.right)
  if (schema instanceof z.ZodPipe) return unnamed(schema.in, schema.out)
  if (schema instanceof z.ZodTuple) return unnamed(...schema.def.items, schema.def.rest)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional)
    return unnamed(schema.unwrap())
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return unnamed(schema.unwrap())
  return schema instanceof z.ZodReadonly ? unnamed(schema.unwrap()) : null
}
