import type { ShippingCounts } from '@repo/logging'

/** Counts what became of each line, for each destination. */
export interface Counts {
  readonly destinations: readonly string[]
  /** So many lines more are to be shipped. */
  write(lines: number): void
  settle(destination: string, settled: { readonly shipped: number; readonly lost: number }): void
  waiting(destination: string): number
  read(): readonly ShippingCounts[]
}

export function createCounts(destinations: readonly string[]): Counts {
  const settledOf = new Map(destinations.map((name) => [name, { shipped: 0, lost: 0 }]))
  let written = 0
  const of = (destination: string) => {
    const { shipped, lost } = settledOf.get(destination) ?? { shipped: 0, lost: 0 }
    return { destination, shipped, lost, waiting: written - shipped - lost }
  }
  return {
    destinations,
    write(lines) {
      written += lines
    },
    settle(destination, { shipped, lost }) {
      const before = of(destination)
      settledOf.set(destination, { shipped: before.shipped + shipped, lost: before.lost + lost })
    },
    waiting: (destination) => of(destination).waiting,
    read: () => destinations.map(of),
  }
}
