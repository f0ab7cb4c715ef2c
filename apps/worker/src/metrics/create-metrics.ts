import { type JobEnd, jobResults, queues } from '@repo/jobs'
import { createMeter, type Meter } from '@repo/telemetry'

/** What the worker counts while it works; docs/operations.md says what each means. */
export interface Metrics {
  readonly meter: Meter
  jobEnded(end: JobEnd): void
}

export const queueNames = Object.keys(queues)

export function createMetrics(): Metrics {
  const meter = createMeter()
  const count = meter.counter({
    name: 'rampart_jobs_total',
    help: 'Attempts at jobs; those that were given up are dead letters',
    labels: { queue: queueNames, result: jobResults },
  })
  const time = meter.timer({
    name: 'rampart_job_duration_seconds',
    help: 'Attempts at jobs, whatever came of them',
    labels: { queue: queueNames },
  })
  return {
    meter,
    jobEnded({ queue, result, seconds }) {
      count({ queue, result })
      time({ queue }, seconds)
    },
  }
}
