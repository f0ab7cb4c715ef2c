/** What TIME answers: the seconds, and the microseconds within the second. */
export function redisTime(): readonly [seconds: string, microseconds: string] {
  // ioredis-mock takes the two from unrelated clocks, so that its time jumps to and fro.
  const microseconds = Math.floor((performance.timeOrigin + performance.now()) * 1_000)
  return [String(Math.floor(microseconds / 1e6)), String(microseconds % 1e6)]
}
