import type { Meter } from './meter.ts'
import { observeNumber } from './observe-number.ts'
import type { Tracing } from './start-tracing.ts'

/** What became of the spans of this process; nothing, where none are made. */
export function observeTracing(meter: Meter, tracing: Pick<Tracing, 'count'> | null): void {
  observeNumber(meter, {
    kind: 'counter',
    name: 'rampart_spans_sent_total',
    help: 'Spans of traces that their receiver has taken',
    read: () => tracing?.count().sent ?? 0,
  })
  observeNumber(meter, {
    kind: 'counter',
    name: 'rampart_spans_lost_total',
    help: 'Spans of traces that were lost, since their receiver did not take them in time',
    read: () => tracing?.count().lost ?? 0,
  })
}
