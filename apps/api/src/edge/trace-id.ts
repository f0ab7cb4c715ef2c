import { randomBytes } from 'node:crypto'

// W3C Trace Context, section 3.2: later versions may append fields, and `ff` is none.
const form = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(-.*)?$/
const zeros = /^0+$/

/** The trace that a `traceparent` header names, and the span in it; null where it is not well-formed. */
export function parseTraceparent(
  traceparent: string,
): { readonly traceId: string; readonly spanId: string } | null {
  const [, version, traceId = '', spanId = '', more] = form.exec(traceparent) ?? []
  if (version === undefined || (version === '00' && more !== undefined)) return null
  return zeros.test(traceId) || zeros.test(spanId) ? null : { traceId, spanId }
}

/** A trace of its own, for a request that nobody has put in one. */
export const generateTraceId = (): string => randomBytes(16).toString('hex')
