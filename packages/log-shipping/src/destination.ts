/** A line of the log as it was written, without its end. */
export interface Line {
  /** No other line has it: a receiver that keeps ids stores a line once, however often it is sent. */
  readonly id: string
  readonly text: string
  readonly bytes: number
}

/** What became of the lines that were sent; what is in none of these was taken. */
export interface Outcome {
  /** To be sent again, in their order. */
  readonly again: readonly Line[]
  /** How many the receiver will never take. */
  readonly lost: number
  /** Why, in a word of ours or of the protocol; null where all were taken. */
  readonly reason: string | null
  /** How long the receiver wants to be left alone, at least. */
  readonly pauseMs?: number
  /** Nothing is wrong with the lines: they were too many. */
  readonly isTooLarge?: boolean
}

export const allTaken: Outcome = { again: [], lost: 0, reason: null }

/** What takes lines, by a protocol of its own. */
export interface Destination {
  readonly name: string
  /** Of one batch. */
  readonly maxLines: number
  readonly maxBytes: number
  /** What a line counts beside its own bytes. */
  readonly bytesPerLine: number
  /** Sends the lines once; throws where it cannot be said that the receiver has them. */
  send(lines: readonly Line[]): Promise<Outcome>
}
