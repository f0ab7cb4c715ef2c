// How far back it is remembered: what is older counts little.
const windowMs = 2_000
const sampleMs = 100

export interface Lateness {
  /** Tells of a timer that should have come after 100 ms, and came after so many. */
  add(elapsedMs: number): void
  /** Whether it is late by more than `lateMs`, and has not been by less than `wellMs` since. */
  isLate(): boolean
}

export interface LoopLimits {
  readonly lateMs: number
  readonly wellMs: number
}

/**
 * How late the event loop is, on average over the time that has passed: a moment's delay counts for as long as
 * it took. It never counts more than twice `lateMs`, so that even a long one is over within seconds.
 */
export function createLateness({ lateMs, wellMs }: LoopLimits): Lateness {
  let average = 0
  let late = false
  return {
    add(elapsedMs) {
      const delay = Math.min(Math.max(0, elapsedMs - sampleMs), 2 * lateMs)
      average += (delay - average) * (1 - Math.exp(-elapsedMs / windowMs))
      late = average > (late ? wellMs : lateMs)
    },
    isLate: () => late,
  }
}

/** Tells how long each timer of 100 ms took in this process, until it is stopped. */
export function watchLoop(add: Lateness['add']): { readonly stop: () => void } {
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    add(now - last)
    last = now
  }, sampleMs)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
