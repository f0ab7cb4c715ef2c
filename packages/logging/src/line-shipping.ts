/** What became of the lines that one destination was to get; what is neither shipped nor lost waits. */
export interface ShippingCounts {
  readonly destination: string
  readonly shipped: number
  readonly lost: number
  readonly waiting: number
}

/** What the log is to say of its own shipping. */
export interface ShippingReport {
  readonly level: 'info' | 'warn'
  readonly message: string
  readonly fields: Readonly<Record<string, string | number>>
}

/** Takes the lines of the log elsewhere, beside its first output. */
export interface LineShipping {
  /** Takes a line as it was written; never waits, never throws. */
  write(line: string): void
  /** The counts of this process so far, one for each destination. */
  read(): readonly ShippingCounts[]
  /** Whom to tell; the lines about it are written to the first output alone. */
  onReport(tell: (report: ShippingReport) => void): void
  /** Ships what waits, within five seconds; what is left then is lost, counted and reported. */
  close(): Promise<void>
}
