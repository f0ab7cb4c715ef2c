/** Numbers that are the same in each run (mulberry32), so that a load that was ordinary once stays so. */
export function createRandom(seed: number) {
  let state = seed
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  /** Of a normal distribution (Box and Muller). */
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    isOneIn: (times: number) => next() * times < 1,
    below: (bound: number) => Math.floor(next() * bound),
    logNormal: (median: number, spread: number) => Math.round(median * 2 ** (spread * normal())),
    pick: <Item>(items: readonly [Item, ...Item[]]): Item =>
      items[Math.floor(next() * items.length)] ?? items[0],
  }
}

export type Random = ReturnType<typeof createRandom>
