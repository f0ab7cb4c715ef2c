import type { z } from 'zod'

/**
 * Bounds a string in code points, as JSON Schema counts (zod counts UTF-16 units). Publish the same
 * numbers with `.meta({ minLength, maxLength })`.
 */
export function lengthBetween(minimum: number, maximum: number): z.core.CheckFn<string> {
  return ({ value, issues }) => {
    const length = [...value].length
    const bound = { origin: 'string', inclusive: true, input: value } as const
    if (length < minimum) issues.push({ code: 'too_small', minimum, ...bound })
    if (length > maximum) issues.push({ code: 'too_big', maximum, ...bound })
  }
}
