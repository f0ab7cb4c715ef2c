import { print, printTable } from './print-table.ts'
import { quantile, standardError, summarize, welchT } from './statistics.ts'

export interface Measured {
  readonly name: string
  readonly milliseconds: readonly number[]
}

// The threshold of dudect, and its way with outliers (Reparaz, Balasch, Verbauwhede, 2017): of all
// kinds together, what took longest is left out, a little of it and much of it; each has to hold.
const greatestT = 4.5
const keptShares = [1, 0.9, 0.75, 0.5]

/** Prints what was measured; whether every kind is within the threshold of the first. */
export function reportTiming(kinds: readonly Measured[]): boolean {
  const known = kinds[0]?.milliseconds ?? []
  const all = kinds.flatMap(({ milliseconds }) => milliseconds)
  const cuts = keptShares.map((share) => quantile(all, share))
  const compared = kinds.map(({ name, milliseconds }) => ({
    name,
    milliseconds,
    results: cuts.map((cut) => compare(below(cut, milliseconds), below(cut, known))),
  }))
  const tNames = keptShares.map((share) => `t of ${share * 100} %`)
  const head = ['kind', 'n', 'mean ms', 'median ms', 'p95 ms', ...tNames, 'visible from µs']
  printTable([head, ...compared.map(toCells)])
  const greatest = Math.max(
    ...compared.flatMap(({ results }) => results.map(({ t }) => Math.abs(t))),
  )
  return isWithinThreshold(greatest)
}

/** Prints the greatest |t| of all; whether it shows no difference. */
export function isWithinThreshold(greatest: number): boolean {
  print(`greatest |t|: ${greatest.toFixed(2)}, to stay below ${greatestT}`)
  return greatest < greatestT
}

/** The greatest |t| of two kinds, over all that was measured and over what is left without the slowest. */
export function greatestDifference(one: readonly number[], other: readonly number[]): number {
  const cuts = keptShares.map((share) => quantile([...one, ...other], share))
  return Math.max(...cuts.map((cut) => Math.abs(compare(below(cut, one), below(cut, other)).t)))
}

interface Comparison {
  readonly t: number
  /** The least difference of the means that would have reached the threshold. */
  readonly visible: number
}

function compare(one: readonly number[], known: readonly number[]): Comparison {
  // A kind that a cut leaves nothing of is slower than all the others.
  if (one.length < 2 || known.length < 2) return { t: Infinity, visible: Infinity }
  return { t: welchT(one, known), visible: greatestT * standardError(one, known) }
}

const below = (cut: number, times: readonly number[]) => times.filter((time) => time <= cut)

function toCells({
  name,
  milliseconds,
  results,
}: Measured & { readonly results: readonly Comparison[] }): readonly string[] {
  const { count, mean, median, p95 } = summarize(milliseconds)
  const visible = Math.min(...results.map((result) => result.visible)) * 1_000
  const numbers = [mean, median, p95, ...results.map(({ t }) => t)].map((value) => value.toFixed(2))
  return [name, String(count), ...numbers, visible.toFixed(0)]
}
