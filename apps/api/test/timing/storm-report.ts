import { print, printTable } from './print-table.ts'
import type { Timed } from './send-at-rate.ts'
import { summarize } from './statistics.ts'

/** What one part of the run has seen. */
export interface Seen {
  readonly name: string
  readonly reads: readonly Timed[]
  /** In groups that are counted one by one. */
  readonly logIns: readonly (readonly Timed[])[]
}

/** Prints what was seen; whether every read was answered and every 503 says when to come back. */
export function reportStorm(parts: readonly Seen[]): boolean {
  const alone = summarizeTimes(parts[0]?.reads ?? [])
  const rows = parts.map(({ name, reads, logIns }) => {
    const { p50, p99 } = summarizeTimes(reads)
    const ratios = [p50 / alone.p50, p99 / alone.p99].map((ratio) => `${ratio.toFixed(2)} ×`)
    const times = [p50, p99].map((time) => time.toFixed(1))
    return [name, String(reads.length), ...times, ...ratios, logIns.map(countStatuses).join(' | ')]
  })
  printTable([['reads beside', 'n', 'p50 ms', 'p99 ms', 'p50', 'p99', 'log-ins'], ...rows])
  const lost = parts.flatMap(({ reads }) => reads).filter(({ answer }) => answer.status !== 200)
  const mute = parts.flatMap(({ logIns }) => logIns.flat()).filter(isMute)
  print(`reads lost: ${lost.length}, 503 without Retry-After: ${mute.length}`)
  return lost.length === 0 && mute.length === 0
}

function summarizeTimes(timed: readonly Timed[]) {
  const { median, p99 } = summarize(timed.map(({ milliseconds }) => milliseconds))
  return { p50: median, p99 }
}

const isMute = ({ answer }: Timed) => answer.status === 503 && !answer.headers.has('retry-after')

function countStatuses(timed: readonly Timed[]): string {
  const byStatus = Map.groupBy(timed, ({ answer }) => answer.status)
  return [...byStatus].map(([status, { length }]) => `${status}: ${length}`).join(', ')
}
