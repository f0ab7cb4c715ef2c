import type { DestinationStream } from 'pino'
import type { LineShipping } from './line-shipping.ts'

/** The same stream, whose lines are shipped as well: first written, whatever becomes of them then. */
export function alsoTo(shipping: LineShipping, stream: DestinationStream & Partial<Flushable>) {
  return {
    write(line: string) {
      stream.write(line)
      shipping.write(line)
    },
    flush: (done: () => void) => (stream.flush ? stream.flush(done) : done()),
    // pino asks for it after a line of level fatal.
    flushSync: () => stream.flushSync?.(),
  }
}

interface Flushable {
  flush(done: () => void): void
  flushSync(): void
}
