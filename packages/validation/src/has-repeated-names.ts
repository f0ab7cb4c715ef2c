// A string of JSON, and the colon that makes it a name.
const strings = /"(?:[^"\\]|\\.)*"(?:\s*:)?/g

/**
 * Whether an object in this JSON names a field twice (RFC 8259, section 4: programs differ in which of the
 * two they take). The parser keeps one field a name, so that there are fewer in the value than in the text.
 * `value` is what the text was parsed to.
 */
export function hasRepeatedNames(text: string, value: unknown): boolean {
  let inText = 0
  for (const [found] of text.matchAll(strings)) if (found.endsWith(':')) inText += 1
  return inText > countNames(value)
}

/** Without recursion, so that no depth exhausts the stack. */
function countNames(value: unknown): number {
  let count = 0
  const waiting = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next !== 'object' || next === null) continue
    const inside = Object.values(next)
    if (!Array.isArray(next)) count += inside.length
    for (const inner of inside) waiting.push(inner)
  }
  return count
}
