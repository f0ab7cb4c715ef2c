import type { RedisCommand } from './redis-backend.ts'

const optionWords = /^(nx|xx|gt|lt|ch|incr|get|keepttl|ex|px|exat|pxat|persist)$/i

/** ioredis-mock knows options in capitals only, and takes `nx` for nothing; Redis knows both. */
export function withUpperCaseOptions([name, ...args]: RedisCommand): RedisCommand {
  const [start, end] = optionRange(name, args)
  const isOption = (word: string, index: number) =>
    index >= start && index < end && optionWords.test(word)
  return [name, ...args.map((word, index) => (isOption(word, index) ? word.toUpperCase() : word))]
}

function optionRange(name: string, args: readonly string[]): readonly [start: number, end: number] {
  if (name === 'set') return [2, args.length]
  if (name === 'getex') return [1, args.length]
  // The options of ZADD end where its scores begin; a member may be called `nx`.
  const firstScore = args.findIndex((word, index) => index > 0 && !optionWords.test(word))
  return name === 'zadd' ? [1, firstScore] : [0, 0]
}
