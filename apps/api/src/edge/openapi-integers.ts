const isWithin32Bits = (bound: unknown) => typeof bound === 'number' && Math.abs(bound) < 2 ** 31

/** Names the width of every integer below a value, by the bounds it has. */
export function nameIntegerFormats(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const type: unknown = Reflect.get(value, 'type')
  if (type === 'integer' || (Array.isArray(type) && type.includes('integer'))) {
    const bounds = [Reflect.get(value, 'minimum'), Reflect.get(value, 'maximum')]
    Reflect.set(value, 'format', bounds.every(isWithin32Bits) ? 'int32' : 'int64')
  }
  for (const below of Object.values(value)) nameIntegerFormats(below)
}
