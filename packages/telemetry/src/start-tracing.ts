import { isSpanContextValid, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { endWith, tracer } from './in-span.ts'
import type { OtlpOptions, SpanSending } from './otlp-tracing.ts'
import { type RequestTrace, startRequestTrace } from './request-trace.ts'

/** Where a request comes from, as its traceparent says: of whoever may say so. */
export interface CallerSpan {
  readonly traceId: string
  readonly spanId: string
}

/** The traces of this process. */
export interface Tracing {
  /** The trace of a request, which this process alone decides to record or not. */
  startRequest(method: string, caller: CallerSpan | null): RequestTrace
  /** Runs what nobody's request has asked for here, such as a job, as a trace of its own. */
  inTrace<T>(name: string, task: () => Promise<T>): Promise<T>
  /** Spans that the receiver has, and those that were lost to its absence or to a flood. */
  count(): { readonly sent: number; readonly lost: number }
  /** Sends what waits, for three seconds at most. */
  close(): Promise<void>
}

/** Starts to trace, once in a process. The SDK is loaded here, and nowhere else. */
export async function startTracing(options: OtlpOptions): Promise<Tracing> {
  const { startSending } = await import('./otlp-tracing.ts')
  const sending: SpanSending = startSending(options)
  return {
    startRequest(method, caller) {
      const parent =
        caller === null
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, { ...caller, traceFlags: 0, isRemote: true })
      return startRequestTrace(tracer().startSpan(method, { kind: SpanKind.SERVER }, parent))
    },
    inTrace: (name, task) =>
      endWith(tracer().startSpan(name, { kind: SpanKind.CONSUMER, root: true }), task),
    ...sending,
  }
}

/** The traceparent header of what is asked of others now; none where nothing is recorded. */
export function traceHeaders(): Readonly<Record<string, string>> {
  const span = trace.getActiveSpan()
  if (!span?.isRecording()) return {}
  const { traceId, spanId } = span.spanContext()
  return isSpanContextValid(span.spanContext()) ? { traceparent: `00-${traceId}-${spanId}-01` } : {}
}
