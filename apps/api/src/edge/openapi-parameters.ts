import { z } from 'zod'

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: object
}

const isOptional = (field: unknown) =>
  field instanceof z.ZodOptional ||
  field instanceof z.ZodExactOptional ||
  field instanceof z.ZodDefault

/** The generator takes what may be left out, and not be undefined, for required. */
export function correctRequired(
  parameters: readonly Parameter[],
  input: z.ZodObject | null,
): readonly Parameter[] {
  return parameters.map((parameter) =>
    isOptional(input?.shape[parameter.name]) ? { ...parameter, required: false } : parameter,
  )
}

/** A body of which every field may be left out may be left out itself. */
export function isBodyRequired(
  parameters: readonly Parameter[],
  input: z.ZodObject | null,
): boolean {
  const elsewhere = new Set(parameters.map(({ name }) => name))
  const fields = Object.entries(input?.shape ?? {}).filter(([name]) => !elsewhere.has(name))
  return fields.some(([, field]) => !isOptional(field))
}
