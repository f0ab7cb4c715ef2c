import { z } from 'zod'
import { anyText } from './text.ts'

/**
 * Text as it leaves: the published bound and pattern are those that its column, or what wrote it, has
 * kept; they are not checked again.
 */
export function outputText(maxLength: number, pattern: string = anyText) {
  return z.string().meta({ maxLength, pattern })
}
