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

/**
 * The same of a text that is to be composed (NFC): as it came, which is what is published, and as it will be
 * kept, since some characters become two or three.
 */
export function composedLengthBetween(minimum: number, maximum: number): z.core.CheckFn<string> {
  const check = lengthBetween(minimum, maximum)
  return (payload) => {
    const { value, issues } = payload
    const before = issues.length
    check(payload)
    if (issues.length === before) check({ value: value.normalize('NFC'), issues })
  }
}
