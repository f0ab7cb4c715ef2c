/** A message of protobuf, its fields by their numbers; what is not there is empty or 0. */
export interface Message {
  has(field: number): boolean
  messages(field: number): readonly Message[]
  text(field: number): string
  hex(field: number): string
  number(field: number): number
}

/** Reads the wire format: varints, lengths, and numbers of 4 and 8 bytes. */
export function readMessage(bytes: Buffer): Message {
  const fields = new Map<number, (Buffer | number)[]>()
  let at = 0
  const readVarint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(value)
    }
  }
  const take = (length: number) => {
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = readVarint()
    const kind = tag & 7
    const value = kind === 0 ? readVarint() : take(kind === 2 ? readVarint() : kind === 1 ? 8 : 4)
    const field = tag >>> 3
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  const buffers = (field: number) =>
    (fields.get(field) ?? []).filter((value) => Buffer.isBuffer(value))
  const first = (field: number) => buffers(field)[0] ?? Buffer.alloc(0)
  return {
    has: (field) => fields.has(field),
    messages: (field) => buffers(field).map(readMessage),
    text: (field) => first(field).toString(),
    hex: (field) => first(field).toString('hex'),
    number: (field) => Number(fields.get(field)?.[0] ?? 0),
  }
}
