import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What each label may say. A set may still grow, while the process starts. */
export type Labels = Readonly<Record<string, readonly string[] | ReadonlySet<string>>>

type Said<L extends Labels> = { readonly [Name in keyof L]: string }

export interface Definition<L extends Labels> {
  readonly name: string
  readonly help: string
  readonly labels: L
}

export interface Sample<L extends Labels> {
  readonly labels: Said<L>
  readonly value: number
}

export interface Observed<L extends Labels> extends Definition<L> {
  readonly kind: 'counter' | 'gauge'
  /** Asked at each scrape; null, or a rejection, for what nobody knows at the moment. */
  readonly read: () => readonly Sample<L>[] | null | Promise<readonly Sample<L>[] | null>
}

/** The metrics of a process. A label says what is on its list, or `other`: nobody who calls can make a series. */
export interface Meter {
  counter<L extends Labels>(definition: Definition<L>): (said: Said<L>, by?: number) => void
  /** Of times, in seconds. */
  timer<L extends Labels>(definition: Definition<L>): (said: Said<L>, seconds: number) => void
  /** What something else counts. */
  observe<L extends Labels>(observed: Observed<L>): void
  /** CPU, memory, garbage collection, and how late the event loop is. */
  observeProcess(): void
  /** All of them, as Prometheus reads them. */
  read(): Promise<string>
}

// The objective is at 0.5 s (docker/prometheus/rules/slo.rules.yaml).
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
// So many series are there from the start, at 0: a rate knows a first event from none.
const maxZeros = 100

export function createMeter(): Meter {
  const registry = new Registry()
  const settingsOf = ({ name, help, labels }: Definition<Labels>) => ({
    ...{ name, help, labelNames: Object.keys(labels), registers: [registry] },
  })
  return {
    counter(definition) {
      const counter = new Counter(settingsOf(definition))
      for (const said of zerosOf(definition.labels)) counter.inc(said, 0)
      return (said, by = 1) => counter.inc(bounded(definition.labels, said), by)
    },
    timer(definition) {
      const histogram = new Histogram({ ...settingsOf(definition), buckets })
      return (said, seconds) => histogram.observe(bounded(definition.labels, said), seconds)
    },
    observe({ kind, read, ...definition }) {
      const metric =
        kind === 'counter'
          ? new Counter({ ...settingsOf(definition), collect })
          : new Gauge({ ...settingsOf(definition), collect })
      function say(samples: Awaited<ReturnType<typeof read>>): void {
        metric.reset()
        if (samples === null) metric.remove({})
        for (const { labels, value } of samples ?? []) {
          metric.inc(bounded(definition.labels, labels), value)
        }
      }
      function collect(): Promise<void> {
        return Promise.resolve()
          .then(read)
          .then(say)
          .catch(() => say(null))
      }
    },
    observeProcess: () => collectDefaultMetrics({ register: registry }),
    read: () => registry.metrics(),
  }
}

function bounded(labels: Labels, said: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(labels).map(([name, values]) => {
    const value = said[name] ?? ''
    const isListed = 'has' in values ? values.has(value) : values.includes(value)
    return [name, isListed ? value : 'other']
  })
  return Object.fromEntries(entries)
}

/** Every combination of what may be said; none where they are too many, or not known yet. */
function zerosOf(labels: Labels): readonly Record<string, string>[] {
  const lists = Object.entries(labels).map(([name, values]) => ({ name, values: [...values] }))
  if (lists.reduce((product, { values }) => product * values.length, 1) > maxZeros) return []
  return lists.reduce<readonly Record<string, string>[]>(
    (made, { name, values }) =>
      made.flatMap((said) => values.map((value) => ({ ...said, [name]: value }))),
    [{}],
  )
}
