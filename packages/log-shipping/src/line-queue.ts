import type { Destination, Line } from './destination.ts'

/** Lines in their order, up to a number of bytes. */
export interface LineQueue {
  /** False where the line finds no room. */
  add(line: Line): boolean
  /** The first lines that fit into a batch, one at least; they keep their room until they are released. */
  take(limits: Pick<Destination, 'maxLines' | 'maxBytes' | 'bytesPerLine'>): readonly Line[]
  release(lines: readonly Line[]): void
  /** How many are in it. */
  count(): number
}

export function createLineQueue(maxBytes: number): LineQueue {
  let lines: Line[] = []
  let bytes = 0
  return {
    add(line) {
      if (bytes + line.bytes > maxBytes) return false
      bytes += line.bytes
      lines.push(line)
      return true
    },
    take(limits) {
      let room = limits.maxBytes
      const end = lines.findIndex((line, index) => {
        room -= line.bytes + limits.bytesPerLine
        return index === limits.maxLines || (index > 0 && room < 0)
      })
      const taken = end === -1 ? lines : lines.slice(0, end)
      lines = end === -1 ? [] : lines.slice(end)
      return taken
    },
    release(taken) {
      for (const line of taken) bytes -= line.bytes
    },
    count: () => lines.length,
  }
}
