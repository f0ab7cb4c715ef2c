/** The number in this place of the command line; throws for what is none above zero. */
export function readNumber(place: number, name: string, fallback: number): number {
  const number = Number(process.argv[2 + place] ?? fallback)
  if (Number.isFinite(number) && number > 0) return number
  throw new Error(`${name} has to be a number above zero.`)
}
