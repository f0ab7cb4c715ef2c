import { describe, expect, it } from 'vitest'
import { generateTraceId, parseTraceparent } from './trace-id.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const parent = '00f067aa0ba902b7'

describe('a traceparent header', () => {
  it.each([
    ['of this version', `00-${trace}-${parent}-01`],
    ['of a later version', `01-${trace}-${parent}-00`],
    ['of a later version with more in it', `cc-${trace}-${parent}-01-what-will-be`],
  ])('%s names its trace and the span in it', (_name, header) => {
    expect(parseTraceparent(header)).toEqual({ traceId: trace, spanId: parent })
  })

  it.each([
    ['nothing', ''],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${parent}-01`],
    ['a parent of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
    ['the version that is none', `ff-${trace}-${parent}-01`],
    ['capitals', `00-${trace.toUpperCase()}-${parent}-01`],
    ['more than its version has', `00-${trace}-${parent}-01-more`],
    ['two of them', `00-${trace}-${parent}-01, 00-${trace}-${parent}-01`],
    ['a line of its own', `00-${trace}-${parent}-01\n{"level":"fatal"}`],
    ['a trace that is too long', `00-${trace}00-${parent}-01`],
  ])('of %s names none', (_name, header) => {
    expect(parseTraceparent(header)).toBeNull()
  })

  it('can be made of a trace that was generated, and no two are alike', () => {
    const [first, second] = [generateTraceId(), generateTraceId()]
    expect(parseTraceparent(`00-${first}-${parent}-01`)).toMatchObject({ traceId: first })
    expect(first).not.toBe(second)
  })
})
