import type { JobHandler } from '@repo/jobs'
import type { Tracing } from '@repo/telemetry'

/** Each attempt at a job as a trace of its own, where traces are made. */
export function traceJobs(
  handlers: readonly JobHandler[],
  tracing: Tracing | null,
): readonly JobHandler[] {
  return tracing === null ? handlers : handlers.map((handler) => traceJob(handler, tracing))
}

function traceJob(handler: JobHandler, { inTrace }: Tracing): JobHandler {
  const name = `job ${handler.queue}`
  if ('run' in handler) {
    return { ...handler, run: (...given) => inTrace(name, () => handler.run(...given)) }
  }
  return {
    ...handler,
    runInTransaction: (...given) => inTrace(name, () => handler.runInTransaction(...given)),
  }
}
