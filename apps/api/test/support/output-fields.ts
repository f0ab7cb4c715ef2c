import { z } from 'zod'

/** The path of every field that a schema lets out, such as `/items/name`; what is inside a list has its list's path. */
export function fieldsOfSchema(schema: unknown, at = ''): readonly string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, child]) => [
      `${at}/${name}`,
      ...fieldsOfSchema(child, `${at}/${name}`),
    ])
  }
  if (schema instanceof z.ZodRecord) {
    return [`${at}/*`, ...fieldsOfSchema(schema.valueType, `${at}/*`)]
  }
  return [...new Set(innerOf(schema).flatMap((child) => fieldsOfSchema(child, at)))]
}

function innerOf(schema: unknown): readonly unknown[] {
  if (schema instanceof z.ZodArray) return [schema.element]
  if (schema instanceof z.ZodUnion) return schema.options
  if (schema instanceof z.ZodIntersection) return [schema.def.left, schema.def.right]
  if (schema instanceof z.ZodPipe) return [schema.in, schema.out]
  if (schema instanceof z.ZodTuple) return [...schema.def.items, schema.def.rest]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional)
    return [schema.unwrap()]
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) return [schema.unwrap()]
  return schema instanceof z.ZodReadonly ? [schema.unwrap()] : []
}

/** The path of every field of an answer. */
export function fieldsOfAnswer(value: unknown, at = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fieldsOfAnswer(item, at))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => [
    `${at}/${name}`,
    ...fieldsOfAnswer(child, `${at}/${name}`),
  ])
}

/** The words of a name: `secretHash` is of secret and hash, `storage_key` of storage and key. */
export const wordsOf = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
