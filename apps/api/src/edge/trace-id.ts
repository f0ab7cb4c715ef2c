import { randomBytes } from 'node:crypto'

// W3C Trace Context, section 3.2: later versions may append fields, and `ff` is none.
const form = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(-.*)?$/
const zeros = /^0+$/

/** The trace that a `traceparent` header names; null where it is not well-formed. */
export function parseTraceId(traceparent: string): string | null {
  const [, version, traceId = '', parentId = '', more] = form.exec(traceparent) ?? []
  if (version === undefined || (version === '00' && more !== undefined)) return null
  return zeros.test(traceId) || zeros.test(parentId) ? null : traceId
}

/** A trace of its own, for a request that nobody has put in one. */
export const generateTraceId = (): string => randomBytes(16).toString('hex')
