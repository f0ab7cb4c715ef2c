import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { createOwnSampler } from './own-sampler.ts'

export interface OtlpOptions {
  /** As every trace names this process. */
  readonly service: string
  /** Where OTLP/HTTP takes traces. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Of all traces, 0 to 1. */
  readonly ratio: number
  /** Told at the begin and at the end of each time in which nothing is taken. */
  readonly onOutage: (isOut: boolean) => void
}

export interface SpanSending {
  count(): { readonly sent: number; readonly lost: number }
  close(): Promise<void>
}

const maxWaiting = 2_048
const batch = { maxExportBatchSize: 512, scheduledDelayMillis: 1_000, exportTimeoutMillis: 6_000 }
const attemptMs = 5_000
const closeWithinMs = 3_000
const limits = { attributeValueLengthLimit: 200, attributeCountLimit: 32, eventCountLimit: 8 }

/** Sends what is recorded, in batches behind everything else: a receiver that is gone costs spans, and no request. */
export function startSending(options: OtlpOptions): SpanSending {
  const { service, url, headers, ratio } = options
  const exporter = new OTLPTraceExporter({ url, headers, timeoutMillis: attemptMs })
  const sending = countSpans(exporter, options.onOutage)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: createOwnSampler(ratio),
    spanLimits: limits,
    spanProcessors: [sending.processor],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  return {
    count: sending.count,
    async close() {
      await Promise.race([provider.shutdown().catch(() => {}), sleepLoosely(closeWithinMs)])
      context.disable()
      trace.disable()
    },
  }
}

const sleepLoosely = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())

/** The SDK's own batches, with a count of what became of each span: its queue drops without a word. */
function countSpans(inner: SpanExporter, onOutage: OtlpOptions['onOutage']) {
  let [waiting, sent, lost] = [0, 0, 0]
  let isOut = false

  function tell(failed: boolean): void {
    if (failed !== isOut) onOutage(failed)
    isOut = failed
  }

  const exporter: SpanExporter = {
    export(spans, done) {
      inner.export(spans, (result) => {
        waiting -= spans.length
        const failed = result.code !== 0
        if (failed) lost += spans.length
        else sent += spans.length
        tell(failed)
        done(result)
      })
    },
    shutdown: () => inner.shutdown(),
  }
  const batches = new BatchSpanProcessor({ exporter, maxQueueSize: maxWaiting, ...batch })
  const processor: SpanProcessor = {
    onStart: (span, parent) => batches.onStart(span, parent),
    onEnd(span) {
      if (waiting >= maxWaiting) {
        lost += 1
        return
      }
      waiting += 1
      batches.onEnd(span)
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  }
  return { processor, count: () => ({ sent, lost }) }
}
