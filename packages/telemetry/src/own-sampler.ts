import { type Context, trace } from '@opentelemetry/api'
import { type Sampler, SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace'

/**
 * Records a part of all traces, by a number drawn here: what a caller says of its trace, the flag of `traceparent` or
 * an id that was chosen for the purpose, makes no difference. What is inside of a trace follows it.
 */
export function createOwnSampler(ratio: number, random: () => number = Math.random): Sampler {
  return {
    shouldSample: (surroundings) => resultOf(isInside(surroundings) ?? random() < ratio),
    toString: () => `OwnSampler{${ratio}}`,
  }
}

/** Whether the span around it, one of this process, is recorded; null where there is none. */
function isInside(surroundings: Context): boolean | null {
  const span = trace.getSpan(surroundings)
  if (span === undefined || span.spanContext().isRemote) return null
  return span.isRecording()
}

const resultOf = (isRecorded: boolean): SamplingResult => ({
  decision: isRecorded ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
})
