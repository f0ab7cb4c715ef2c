import type { ProblemDocument } from '@repo/errors'

/** The problem document of a refused answer, wherever the transport puts it; undefined for a success. */
export function problemOf(body: unknown): ProblemDocument | undefined {
  const inTrpc = read(read(read(body, 'error'), 'data'), 'problem')
  const problem = inTrpc ?? body
  // Parse boundary: what the fields hold is what the tests ask.
  return read(problem, 'code') === undefined ? undefined : (problem as ProblemDocument)
}

function read(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** The same text whoever asked and when: an answer without its request id. */
export const withoutRequestId = (text: string): string =>
  text.replaceAll(/"requestId":"[^"]*"/g, '"requestId":""')
