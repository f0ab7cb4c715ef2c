import {
  type Meter,
  observeLog,
  observeNumber,
  observePools,
  observeSecrets,
  observeTracing,
} from '@repo/telemetry'
import type { Services } from '../services.ts'

type Watched = Pick<Services, 'audit' | 'blocks' | 'detection' | 'logger' | 'tracing'> & {
  readonly pools: Parameters<typeof observePools>[1]
  readonly secrets: Parameters<typeof observeSecrets>[1]
}

/** What the services count by themselves; asked at each scrape. */
export function observeServices(
  meter: Meter,
  { audit, blocks, detection, logger, pools, secrets, tracing }: Watched,
): void {
  observeLog(meter, logger)
  observePools(meter, pools)
  observeTracing(meter, tracing)
  observeSecrets(meter, secrets)
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
