/**
 * Whether an object in this JSON names a field twice (RFC 8259, section 4: programs differ in which of the
 * two they take). The parser keeps one field a name, so that there are fewer in the value than in the text.
 * `value` is what the text was parsed to.
 */
export function hasRepeatedNames(text: string, value: unknown): boolean {
  return countNamesIn(text) > countNames(value)
}

/** A colon stands behind each name, and elsewhere in strings alone. */
function countNamesIn(text: string): number {
  let count = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (sign === '"') isInString = !isInString
    else if (isInString && sign === '\\') at += 1
    else if (!isInString && sign === ':') count += 1
  }
  return count
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
