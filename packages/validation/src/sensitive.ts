import { z } from 'zod'

const marks = z.registry<{ readonly sensitive: true }>()

/**
 * Marks what belongs to nobody but whom it is sent to: a secret, or what tells who somebody is. The logger redacts
 * every field that has the name of a marked one, and no marked one may stand in a URL.
 */
export function sensitive<Schema extends z.ZodType>(schema: Schema): Schema {
  const marked = schema.clone(schema.def, { parent: true })
  marks.add(marked, { sensitive: true })
  return marked
}

/** The same for a secret that is only ever sent to us: the document says that no answer holds it. */
export function secretInput<Schema extends z.ZodType>(schema: Schema): Schema {
  return sensitive(schema.meta({ writeOnly: true }))
}

/** Whether this very schema is marked, or what it was made of by a check or a description. */
export const isSensitive = (schema: z.ZodType): boolean => marks.get(schema) !== undefined
