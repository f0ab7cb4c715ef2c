const firstMs = 250
const maxMs = 30_000

/** How long to wait after so many failures in a row: any time up to twice as long each time, half a minute at most. */
export const backOffMs = (failures: number, random: () => number): number =>
  random() * Math.min(maxMs, firstMs * 2 ** failures)
