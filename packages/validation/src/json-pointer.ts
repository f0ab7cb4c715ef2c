const maxSegments = 33
const maxSegmentLength = 64

/**
 * The path as a JSON Pointer (RFC 6901). Names may be the caller's own: each is cut at 64
 * characters and made well-formed, so that a pointer to an overlong name resolves to nothing.
 */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.slice(0, maxSegments).map(toSegment).join('')
}

function toSegment(key: PropertyKey): string {
  const name = String(key).slice(0, maxSegmentLength).toWellFormed()
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
