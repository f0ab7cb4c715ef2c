import { keyPurposes } from '@repo/auth'
import { measureQueues, type QueueMeasure } from '@repo/jobs'
import { type Meter, type ObservedProcess, observeProcess, remember } from '@repo/telemetry'
import type { Services } from '../services.ts'
import { queueNames } from './create-metrics.ts'

type Watched = Pick<Services, 'auditKeeper' | 'database' | 'keyRotation'> &
  Omit<ObservedProcess, 'pools'>

/** What waits in Postgres, asked at a scrape; nothing is said of it while Postgres is gone. */
export function observeServices(
  meter: Meter,
  { auditKeeper, database, keyRotation, ...process }: Watched,
): void {
  observeProcess(meter, { ...process, pools: { worker: database } })
  observeQueues(
    meter,
    remember(() => measureQueues(database)),
  )
  const overdue = remember(() => keyRotation.measureOverdue())
  meter.observe({
    kind: 'gauge',
    name: 'rampart_key_overdue_seconds',
    help: 'How long the key in use has been older than KEY_ROTATION_DAYS',
    labels: { purpose: Object.keys(keyPurposes) },
    read: async () =>
      (await overdue()).map(({ purpose, seconds }) => ({ labels: { purpose }, value: seconds })),
  })
  const unsealed = remember(() => auditKeeper.measureUnsealed())
  meter.observe({
    kind: 'gauge',
    name: 'rampart_audit_events_unsealed',
    help: 'Events of the audit log that no seal covers yet, 100 000 at most',
    labels: {},
    read: async () => [{ labels: {}, value: (await unsealed()).events }],
  })
  meter.observe({
    kind: 'gauge',
    name: 'rampart_audit_unsealed_age_seconds',
    help: 'The age of the oldest event that no seal covers yet',
    labels: {},
    read: async () => [{ labels: {}, value: (await unsealed()).oldestSeconds }],
  })
}

const measures = {
  waiting: {
    name: 'rampart_queue_jobs_waiting',
    help: 'Jobs that wait, for a retry too, 10 000 at most',
  },
  active: {
    name: 'rampart_queue_jobs_active',
    help: 'Jobs that a worker has taken, 10 000 at most',
  },
  lateSeconds: {
    name: 'rampart_queue_late_seconds',
    help: 'How long the oldest job that waits has been due',
  },
  givenUp: {
    name: 'rampart_queue_dead_letters',
    help: 'Jobs that were given up and wait for somebody to look at them, 10 000 at most of all queues',
  },
} as const satisfies Readonly<Partial<Record<keyof QueueMeasure, object>>>

function observeQueues(meter: Meter, read: () => Promise<readonly QueueMeasure[]>): void {
  for (const [measure, named] of Object.entries(measures)) {
    meter.observe({
      ...named,
      kind: 'gauge',
      labels: { queue: queueNames },
      read: async () =>
        (await read()).map(({ queue, ...measured }) => ({
          labels: { queue },
          value: Number(Reflect.get(measured, measure)),
        })),
    })
  }
}
