import {
  type Attributes,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

export interface SpanOptions {
  /** `client` for a question to another process; something of this one by default. */
  readonly kind?: 'client' | 'internal'
  /** Names and numbers of ours: no value that a caller, or a row, has brought along. */
  readonly attributes?: Attributes
}

/** Adds to a span what is known of it only later. */
export type Note = (attributes: Attributes) => void

const kinds = { client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const

const silence: Note = () => {}

/** Of the API alone, which does nothing until startTracing has brought an SDK. */
export const tracer = () => trace.getTracer('rampart')

/** Whether what runs now is part of a trace that is recorded. */
export const isRecorded = (): boolean => trace.getActiveSpan()?.isRecording() === true

/** Runs `task` in a span of its own where what surrounds it is recorded; else it just runs it. */
export function inSpan<T>(
  name: string | (() => string),
  { kind = 'internal', attributes }: SpanOptions,
  task: (note: Note) => Promise<T>,
): Promise<T> {
  if (!isRecorded()) return task(silence)
  const options = { kind: kinds[kind], ...(attributes && { attributes }) }
  return endWith(tracer().startSpan(typeof name === 'string' ? name : name(), options), task)
}

/** Runs `task` in the span, and ends it with how that ended. */
export async function endWith<T>(span: Span, task: (note: Note) => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), span), () =>
      task((attributes) => void span.setAttributes(attributes)),
    )
  } catch (error) {
    noteFailure(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** What kind of error it was: its message may quote anything. */
function noteFailure(span: Span, error: unknown): void {
  const { code, name } = Object(error)
  span.setAttribute('error.type', wordOf(code) ?? wordOf(name) ?? 'unknown')
  span.setStatus({ code: SpanStatusCode.ERROR })
}

const wordOf = (value: unknown): string | null =>
  typeof value === 'string' && /^\w{1,64}$/.test(value) ? value : null
