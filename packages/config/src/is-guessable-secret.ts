const leastVariety = 8

/** Whether a secret was typed or counted and not drawn: few characters, or even steps from one to the next. */
export function isGuessableSecret(secret: string): boolean {
  const codes = [...secret].map((character) => character.charCodeAt(0))
  const steps = codes.map((code, index) => code - (codes[index - 1] ?? code))
  return hasNoVariety(codes) || hasNoVariety(steps)
}

// Of 32 random hexadecimal digits so few differ once in 10⁷ times.
const hasNoVariety = (numbers: readonly number[]) => new Set(numbers).size < leastVariety
