import type { Counted } from './rule.ts'
import type { RuleName } from './rules.ts'

/** What a rule has counted of one key since the last time it was asked. */
export interface Tally {
  readonly rule: RuleName
  readonly key: string
  count: number
  /** The different texts among the values. */
  readonly values: Set<string>
  /** Those among them that came with an event that teaches. */
  readonly teaching: Set<string>
  /** Of the numbers among them: the sums of their logarithms to base 2, and the largest. */
  readonly numbers: { sum: number; squares: number; largest: number }
}

export interface Tallies {
  /** False where there is no room for one more key. */
  add(rule: RuleName, counted: Counted): boolean
  /** What was counted so far; it is counted anew from here on. */
  take(): readonly Tally[]
}

// Of one key, past which others of the same batch are as good.
const maxValues = 100
const maxNumber = 2 ** 40

/** Adds events up by rule and key, so that a flood of them costs no more memory than their keys do. */
export function createTallies(maxKeys: number): Tallies {
  let tallies = new Map<string, Tally>()

  function find(rule: RuleName, key: string): Tally | null {
    const id = `${rule}:${key}`
    const known = tallies.get(id)
    if (known) return known
    if (tallies.size >= maxKeys) return null
    const numbers = { sum: 0, squares: 0, largest: 0 }
    const texts = { values: new Set<string>(), teaching: new Set<string>() }
    const made = { rule, key, count: 0, ...texts, numbers }
    tallies.set(id, made)
    return made
  }

  return {
    add(rule, { key, value, teaches }) {
      const tally = find(rule, key)
      if (!tally) return false
      tally.count += 1
      if (typeof value === 'number') addNumber(tally.numbers, value)
      if (typeof value === 'string') addText(tally, value, teaches)
      return true
    },
    take() {
      const taken = [...tallies.values()]
      tallies = new Map()
      return taken
    },
  }
}

function addText({ values, teaching }: Tally, value: string, teaches: boolean): void {
  if (values.size < maxValues) values.add(value)
  if (teaches && values.has(value)) teaching.add(value)
}

function addNumber(numbers: Tally['numbers'], value: number): void {
  const bounded = Math.min(Math.max(value, 1), maxNumber) || 1
  const logarithm = Math.log2(bounded)
  numbers.sum += logarithm
  numbers.squares += logarithm ** 2
  numbers.largest = Math.max(numbers.largest, bounded)
}
