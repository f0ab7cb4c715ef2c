import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { SamplingDecision } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { createOwnSampler } from './own-sampler.ts'

const spanId = '00f067aa0ba902b7'
const decide = (ratio: number, drawn: number, surroundings = ROOT_CONTEXT) =>
  createOwnSampler(ratio, () => drawn).shouldSample(
    ...[surroundings, '0'.repeat(32), 'GET', SpanKind.SERVER, {}, []],
  ).decision === SamplingDecision.RECORD_AND_SAMPLED

const remote = (traceId: string, traceFlags: number) =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })

test.each([
  [0.1, 0.05, true],
  [0.1, 0.1, false],
  [0, 0, false],
  [1, 0.999999, true],
])('of a ratio of %d, what is drawn as %d is recorded: %s', (ratio, drawn, expected) => {
  expect(decide(ratio, drawn)).toBe(expected)
})

test.each([`${'0'.repeat(31)}1`, 'f'.repeat(32)])(
  'neither its flag nor its id (%s) makes a caller’s trace another one',
  (id) => {
    for (const flags of [0, 1]) {
      expect(decide(0.1, 0.5, remote(id, flags))).toBe(false)
      expect(decide(0.1, 0.05, remote(id, flags))).toBe(true)
    }
  },
)

test('what is inside of a trace follows it, whatever would be drawn', () => {
  const inside = (isRecording: boolean) =>
    trace.setSpan(ROOT_CONTEXT, {
      ...trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId, traceFlags: 0 }),
      spanContext: () => ({ traceId: '1'.repeat(32), spanId, traceFlags: 0 }),
      isRecording: () => isRecording,
    } as never)
  expect(decide(0, 0.5, inside(true))).toBe(true)
  expect(decide(1, 0.5, inside(false))).toBe(false)
})
