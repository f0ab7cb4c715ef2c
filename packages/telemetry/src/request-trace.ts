import { context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api'

/** The span of a request that is being served. */
export interface RequestTrace {
  readonly traceId: string
  /** Runs what serves the request, or a part of it, as part of its trace. */
  run(serve: () => void): void
  end(ended: EndedRequestTrace): void
}

export interface EndedRequestTrace {
  readonly method: string
  /** The template, never the URL; null for a path that has none. */
  readonly route: string | null
  readonly status: number
}

export function startRequestTrace(span: Span): RequestTrace {
  const surroundings = trace.setSpan(ROOT_CONTEXT, span)
  return {
    traceId: span.spanContext().traceId,
    run: (serve) => context.with(surroundings, serve),
    end({ method, route, status }) {
      if (!span.isRecording()) return
      span.updateName(route === null ? method : `${method} ${route}`)
      span.setAttributes({
        'http.request.method': method,
        'http.response.status_code': status,
        ...(route !== null && { 'http.route': route }),
      })
      // What a caller got wrong is no fault of the server's.
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}
