import { type RedisConnection, type RedisScript, runScript } from '@repo/redis'
import type { Finding, Measure } from './rule.ts'
import { rules } from './rules.ts'
import {
  compareWithHistory,
  countAgainstBaseline,
  countDistinct,
  countInWindow,
  findNew,
  remember,
} from './scripts.ts'
import type { Tally } from './tallies.ts'

type Ask = (
  script: RedisScript,
  ...args: readonly (string | number)[]
) => Promise<readonly number[]>

type Evaluate<Kind extends Measure['kind']> = (
  measure: Extract<Measure, { readonly kind: Kind }>,
  tally: Tally,
  ask: Ask,
) => Promise<Omit<Finding, 'subject'> | null>

const evaluations: { readonly [Kind in Measure['kind']]: Evaluate<Kind> } = {
  each: async (_measure, { count, values }) => ({
    total: count,
    added: count,
    observed: [...values].join(', '),
  }),
  exact: async () => null,
  async count({ threshold, windowSeconds }, { count }, ask) {
    const [total = 0] = await ask(countInWindow, windowSeconds, count)
    return total < threshold ? null : { total, added: count }
  },
  async distinct({ threshold, windowSeconds }, { values }, ask) {
    if (values.size === 0) return null
    const [total = 0] = await ask(countDistinct, windowSeconds, ...values)
    return total < threshold ? null : { total, added: values.size }
  },
  async baseline({ floor, factor, halfLifeMinutes, learnMinutes, lastingMinutes }, { count }, ask) {
    const smoothing = 1 - 2 ** (-1 / halfLifeMinutes)
    const args = [count, floor, factor, smoothing, learnMinutes, lastingMinutes]
    const [total = 0, limit = -1] = await ask(countAgainstBaseline, ...args)
    return limit < 0 || total <= limit ? null : { total, added: count, limit }
  },
  async history({ floor, deviations, learnCount, memoryCount }, { count, numbers }, ask) {
    const { sum, squares, largest } = numbers
    const args = [count, sum, squares, largest, floor, deviations, learnCount, memoryCount]
    const [limit = -1] = await ask(compareWithHistory, ...args)
    return limit < 0 || largest <= limit ? null : { total: 1, added: 1, observed: largest, limit }
  },
  async novelty({ rememberedDays, maxRemembered }, { values, teaching }, ask) {
    // Those that teach come first.
    const given = [...new Set([...teaching, ...values])]
    const places = await ask(findNew, rememberedDays, teaching.size, ...given)
    const found = places.map((place) => given[place] ?? '')
    const [observed] = found
    if (observed === undefined) return null
    const learned = found.filter((value) => teaching.has(value))
    // Not by the script that finds it: were its answer lost, nobody would ever hear of what it has remembered.
    if (learned.length > 0) {
      await ask(remember, rememberedDays, maxRemembered, ...learned).catch(() => [])
    }
    return { total: found.length, added: found.length, observed }
  },
}

/** What a rule finds with what was counted since; throws when Redis does not answer. */
export async function evaluate(
  tally: Tally,
  { redis, offsetMs }: { readonly redis: RedisConnection['client']; readonly offsetMs: number },
): Promise<Finding | null> {
  const { measure } = rules[tally.rule]
  const key = `detection:${tally.rule}:${tally.key}`
  const ask: Ask = async (script, ...args) => {
    const reply = await runScript(redis, script, { key, args: [offsetMs, ...args] })
    return (Array.isArray(reply) ? reply : [reply]).map(Number)
  }
  // The table has an evaluation for each kind of measure; that they fit is in its type.
  const run = evaluations[measure.kind] as Evaluate<Measure['kind']>
  const found = await run(measure, tally, ask)
  return found && { subject: tally.key === '' ? null : tally.key, ...found }
}
