import { type DestinationStream, pino } from 'pino'

export interface LogOutputOptions {
  /** A file descriptor or a path. */
  readonly destination: number | string
  /** Whether each line is written before the call that logs it returns. */
  readonly sync: boolean
  readonly maxWaitingBytes: number
}

export interface LogOutput {
  readonly stream: DestinationStream
  /** How many lines were dropped because more than `maxWaitingBytes` waited. */
  countDropped(): number
  /** Is told, once the reader goes on, how many lines were dropped since the last time. */
  onRecovered(report: (dropped: number) => void): void
}

/** Writes lines without stalling whoever logs: a blocked reader costs the newest lines instead. */
export function openLogOutput(options: LogOutputOptions): LogOutput {
  const { destination: dest, sync, maxWaitingBytes: maxLength } = options
  // sonic-boom's flush waits for nothing when minLength is 0.
  const stream = pino.destination({ dest, sync, maxLength, minLength: 1 })
  // pino asks for it after a line of level fatal and at the exit, and it waits for the reader for ever.
  if (!sync) stream.flushSync = () => undefined
  let dropped = 0
  let reported = 0
  stream.on('drop', () => {
    dropped += 1
  })
  // A full disk must not end the process: the lines wait and are tried again with the next one.
  stream.on('error', () => undefined)
  return {
    stream,
    countDropped: () => dropped,
    onRecovered(report) {
      stream.on('drain', () => {
        const missing = dropped - reported
        reported = dropped
        if (missing > 0) report(missing)
      })
    },
  }
}
