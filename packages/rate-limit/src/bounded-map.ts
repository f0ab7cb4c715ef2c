export type BoundedMap<V> = {
  get(key: string): V | undefined
  set(key: string, value: V): void
  readonly size: number
}

/** A map of at most `maxKeys` keys: the one that was set longest ago makes room. */
export function createBoundedMap<V>(maxKeys: number): BoundedMap<V> {
  const entries = new Map<string, V>()
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      const [oldest] = entries.keys()
      if (entries.size > maxKeys && oldest !== undefined) entries.delete(oldest)
    },
    get size() {
      return entries.size
    },
  }
}
