import { type Html, html } from '../html.ts'
import { moment } from './times.ts'

export interface Bar {
  readonly at: string
  readonly count: number
}

export interface Chart {
  /** Unique on its page. */
  readonly name: string
  readonly title: string
  readonly bars: readonly Bar[]
  readonly stepMinutes: number
  readonly kind: 'alarm' | 'plain'
}

const height = 100
const barWidth = 10
const gap = 2

/** Counts over time as bars, drawn here: no script. Its words say what the bars show; `writeChartTable` has them all. */
export function writeChart({ name, title, bars, stepMinutes, kind }: Chart): Html {
  const peak = bars.reduce((most, bar) => Math.max(most, bar.count), 0)
  const top = ceilingOf(peak)
  const total = bars.reduce((sum, bar) => sum + bar.count, 0)
  const width = bars.length * barWidth
  const peakAt = bars.find(({ count }) => count === peak)
  const words =
    total === 0 || !peakAt
      ? 'None.'
      : `${total} in all. The most, ${peak}, within ${lengthOf(stepMinutes)} from ${moment(new Date(peakAt.at))} UTC on.`
  return html`<figure class="chart" data-kind="${kind}">
      <figcaption><span>${title}</span> <strong>${String(total)}</strong></figcaption>
      <div class="plot">
        <p class="scale" aria-hidden="true"><span>${String(top)}</span><span>0</span></p>
        <svg viewBox="0 0 ${String(width)} ${String(height)}" preserveAspectRatio="none" role="img"
          aria-labelledby="${name}-title ${name}-words">
          <title id="${name}-title">${title}</title>
          <desc id="${name}-words">${words}</desc>
          <line class="grid" x1="0" x2="${String(width)}" y1="0.5" y2="0.5" />
          <line class="grid" x1="0" x2="${String(width)}" y1="${String(height / 2)}" y2="${String(height / 2)}" />
          ${bars.flatMap((bar, index) => writeBar(bar, index, top) ?? [])}
          <line class="axis" x1="0" x2="${String(width)}" y1="${String(height - 0.5)}" y2="${String(height - 0.5)}" />
        </svg>
        <p class="times" aria-hidden="true">${ticksOf(bars).map((at) => html`<span>${at}</span>`)}</p>
      </div>
    </figure>`
}

/** At least as tall as can be seen, where there is something. */
function writeBar({ at, count }: Bar, index: number, top: number): Html | null {
  const tall = count === 0 ? 0 : Math.max(2, (count / top) * height)
  const [x, y] = [index * barWidth + gap / 2, height - tall].map((value) => value.toFixed(1))
  return html`<rect x="${x ?? ''}" y="${y ?? ''}" width="${String(barWidth - gap)}" height="${tall.toFixed(1)}"
            rx="1"><title>${moment(new Date(at))} UTC: ${String(count)}</title></rect>`
}

/** The next of 5, 10, 20, 50, 100 … */
function ceilingOf(peak: number): number {
  for (let unit = 1; ; unit *= 10) {
    for (const step of [5, 10, 20]) if (peak <= step * unit) return step * unit
  }
}

function ticksOf(bars: readonly Bar[]): readonly string[] {
  const [first, middle, last] = [bars[0], bars[Math.floor(bars.length / 2)], bars.at(-1)]
  return [first, middle, last].map((bar) => (bar ? moment(new Date(bar.at)) : ''))
}

const lengthOf = (minutes: number) =>
  minutes < 60 ? `${minutes} minutes` : `${minutes / 60} hours`
