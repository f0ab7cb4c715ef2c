/** The shapes of RESP2, as Upstash answers them: null for nothing and false, a flat list for a map. */
export function toReplyValue(value: unknown): unknown {
  if (value === undefined || value === null || value === false) return null
  if (typeof value === 'number' || typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return value.toString()
  if (Array.isArray(value)) return value.map(toReplyValue)
  if (typeof value === 'object') return Object.entries(value).flat().map(toReplyValue)
  return String(value)
}

/** Every string in base64, as `Upstash-Encoding: base64` asks for. */
export function encodeReplyValue(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value).toString('base64')
  return Array.isArray(value) ? value.map(encodeReplyValue) : value
}
