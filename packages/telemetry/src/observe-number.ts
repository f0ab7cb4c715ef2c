import type { Meter, Observed } from './meter.ts'

type Nothing = Readonly<Record<never, never>>

interface ObservedNumber extends Pick<Observed<Nothing>, 'kind' | 'name' | 'help'> {
  readonly read: () => number
}

/** A number without labels that something else counts. */
export const observeNumber = (meter: Meter, { read, ...named }: ObservedNumber): void =>
  meter.observe({ ...named, labels: {}, read: () => [{ labels: {}, value: read() }] })
