import { type Html, html } from '../html.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** `14:05:09`, in UTC. */
export const clock = (time: Date): string => time.toISOString().slice(11, 19)

/** `27 Nov 14:05`, in UTC. */
export function moment(time: Date): string {
  const [month = '', day = ''] = [months[time.getUTCMonth()], String(time.getUTCDate())]
  return `${day} ${month} ${time.toISOString().slice(11, 16)}`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** How long ago a time was, or until it comes. */
export function distance(time: Date, now: Date): string {
  const ms = now.getTime() - time.getTime()
  const long = lengthOf(Math.abs(ms))
  if (long === null) return 'just now'
  return ms > 0 ? `${long} ago` : `in ${long}`
}

function lengthOf(ms: number): string | null {
  if (ms < minuteMs) return null
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`
  if (ms < 2 * dayMs) return `${Math.floor(ms / hourMs)} h`
  return `${Math.floor(ms / dayMs)} days`
}

/** A time as people read it; the whole of it is there for whoever points at it. */
export function writeTime(iso: string | null, now: Date): Html {
  if (iso === null) return html`<span class="quiet">never</span>`
  const time = new Date(iso)
  return html`<time datetime="${iso}" title="${iso}">${distance(time, now)}</time>`
}
