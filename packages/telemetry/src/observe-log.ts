import { type Logger, securityEvents } from '@repo/logging'
import type { Meter } from './meter.ts'
import { observeNumber } from './observe-number.ts'

// A process says these of itself, when nobody scrapes it yet or any more.
const isOfRequests = (name: string) => !name.startsWith('sys_')

/** What was logged, by the names of security events, and what the log has lost. */
export function observeLog(
  meter: Meter,
  logger: Pick<Logger, 'countDropped' | 'countEvents' | 'readShipping'>,
): void {
  const names = Object.keys(securityEvents).filter(isOfRequests)
  meter.observe({
    kind: 'counter',
    name: 'rampart_security_events_total',
    help: 'Security events, by the names of docs/security-events.md',
    labels: { event: names },
    read() {
      const counts: ReadonlyMap<string, number> = logger.countEvents()
      return names.map((event) => ({ labels: { event }, value: counts.get(event) ?? 0 }))
    },
  })
  observeNumber(meter, {
    kind: 'counter',
    name: 'rampart_log_lines_lost_total',
    help: 'Lines of the log that a blocked reader has cost',
    read: logger.countDropped,
  })
  observeShipping(meter, logger.readShipping)
}

const destinations = ['cloudwatch', 'elasticsearch', 'otlp']

function observeShipping(meter: Meter, read: Logger['readShipping']): void {
  meter.observe({
    kind: 'counter',
    name: 'rampart_log_lines_shipped_total',
    help: 'Lines of the log that were shipped, and those that were lost on the way',
    labels: { destination: destinations, result: ['shipped', 'lost'] },
    read: () =>
      read().flatMap(({ destination, shipped, lost }) => [
        { labels: { destination, result: 'shipped' }, value: shipped },
        { labels: { destination, result: 'lost' }, value: lost },
      ]),
  })
  meter.observe({
    kind: 'gauge',
    name: 'rampart_log_lines_waiting',
    help: 'Lines of the log that wait to be shipped',
    labels: { destination: destinations },
    read: () =>
      read().map(({ destination, waiting }) => ({ labels: { destination }, value: waiting })),
  })
}
