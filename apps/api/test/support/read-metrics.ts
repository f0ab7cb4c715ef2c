/** A scrape: each series as it is written, such as `things_total{what="apple"}`, with its value. */
export type Scrape = ReadonlyMap<string, number>

/** Reads the text that Prometheus reads. */
export function parseMetrics(text: string): Scrape {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}

/** The metrics in a scrape, with or without a series, by the names that queries use. */
export function namesOfMetrics(text: string): ReadonlySet<string> {
  const declared = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  return new Set(
    declared.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
}

export async function scrape(url: string): Promise<Scrape> {
  return parseMetrics(await (await fetch(url)).text())
}
