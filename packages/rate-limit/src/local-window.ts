import { createBoundedMap } from './bounded-map.ts'

export type LocalWindow = {
  take(key: string, policy: { readonly limit: number; readonly windowMs: number }): WindowState
  readonly size: number
}
export type WindowState = {
  readonly allowed: boolean
  readonly remaining: number
  /** Until the oldest admitted call leaves the window. */
  readonly waitMs: number
}

/** The same exact sliding window within one process, for at most `maxKeys` keys. */
export function createLocalWindow(maxKeys: number, now: () => number): LocalWindow {
  const logs = createBoundedMap<readonly number[]>(maxKeys)
  return {
    take(key, { limit, windowMs }) {
      const time = now()
      const log = (logs.get(key) ?? []).filter((admittedAt) => admittedAt > time - windowMs)
      const allowed = log.length < limit
      if (allowed) log.push(time)
      logs.set(key, log)
      const waitMs = (log.at(-limit) ?? log[0] ?? time) + windowMs - time
      return { allowed, remaining: limit - log.length, waitMs }
    },
    get size() {
      return logs.size
    },
  }
}
