import type { Line } from '../destination.ts'
import { parseLine, timeOf } from '../parse-line.ts'

export interface LogEvent {
  readonly timestamp: number
  readonly message: string
}

/** How far apart the events of one batch may be. */
export const maxSpanMs = 24 * 60 * 60 * 1_000
// A batch of 1 MiB counts 26 bytes beside each event.
const maxEventBytes = 1_048_576 - 26

/** Lines as events, in the order of their time, which a batch has to have. */
export function toLogEvents(
  lines: readonly Line[],
): readonly (LogEvent & { readonly line: Line })[] {
  return lines
    .map((line) => ({
      timestamp: timeOf(parseLine(line.text)),
      message: cut(line),
      line,
    }))
    .toSorted((one, other) => one.timestamp - other.timestamp)
}

/** At most the bytes of an event, and no half of a character. */
function cut({ text, bytes }: Line): string {
  if (bytes <= maxEventBytes) return text
  return new TextDecoder().decode(Buffer.from(text).subarray(0, maxEventBytes), { stream: true })
}
