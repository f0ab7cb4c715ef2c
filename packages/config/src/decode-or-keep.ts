/** A part of a URL without its percent signs, or as it is: that it is malformed is for the variable's own check to say. */
export function decodeOrKeep(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
