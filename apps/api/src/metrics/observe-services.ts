import { type Meter, type ObservedProcess, observeNumber, observeProcess } from '@repo/telemetry'
import type { Services } from '../services.ts'

type Watched = Pick<Services, 'audit' | 'blocks' | 'detection'> & ObservedProcess

/** What the services count by themselves; asked at each scrape. */
export function observeServices(
  meter: Meter,
  { audit, blocks, detection, ...process }: Watched,
): void {
  observeProcess(meter, process)
  observeNumber(meter, {
    kind: 'counter',
    name: 'rampart_audit_events_total',
    help: 'Events that came to the audit log',
    read: () => audit.count().recorded,
  })
  observeNumber(meter, {
    kind: 'gauge',
    name: 'rampart_audit_events_waiting',
    help: 'Events of the audit log that are not written yet',
    read: () => audit.count().waiting,
  })
  observeNumber(meter, {
    kind: 'counter',
    name: 'rampart_audit_events_dropped_total',
    help: 'Events of the audit log that were lost',
    read: () => audit.count().dropped,
  })
  observeNumber(meter, {
    kind: 'gauge',
    name: 'rampart_addresses_blocked',
    help: 'Addresses that are closed now, by whichever process',
    read: blocks.countBlocked,
  })
  observeNumber(meter, {
    kind: 'counter',
    name: 'rampart_findings_lost_total',
    help: 'Security events that the detection could not count, or not store',
    read: detection.countDropped,
  })
}
