/** What a receiver does with a request that is in order. */
export type Behaviour =
  /** Takes it. */
  | 'take'
  /** Wants to be left alone for a while. */
  | 'throttle'
  /** Cuts the connection and takes nothing. */
  | 'cut'
  /** Takes it and cuts the connection before it has said so. */
  | 'cut after'
  /** Takes nothing and says nothing. */
  | 'silence'

/** Takes every request but each third, which it throttles, until it is told what to do. */
export function createBehaviours() {
  let fixed: Behaviour | null = null
  let count = 0
  return {
    next(): Behaviour {
      count += 1
      return fixed ?? (count % 3 === 0 ? 'throttle' : 'take')
    },
    /** Null: as at first. */
    fix(behaviour: Behaviour | null) {
      fixed = behaviour
    },
  }
}
