const limitField = { type: 'string', maxLength: 1_000, pattern: '^[ -~]+$' } as const

/** What answers say of origins and of limits; nothing of limits where nothing was counted yet. */
export const headerComponents = {
  'Access-Control-Allow-Origin': {
    description: "The caller's origin, where its pages may read the answer.",
    schema: { type: 'string', maxLength: 300, format: 'uri' },
    example: 'https://app.example.com',
  },
  RateLimit: {
    description:
      'The nearest limit: what is left of it, and in how many seconds it is whole again.',
    schema: limitField,
    example: '"read";r=599;t=60',
  },
  'RateLimit-Policy': {
    description: 'That limit: how many calls in how many seconds.',
    schema: limitField,
    example: '"read";q=600;w=60',
  },
  'Retry-After': {
    description: 'Whole seconds after which it is worth asking again.',
    schema: { type: 'integer', format: 'int32', minimum: 1, maximum: 86_400 },
    example: 12,
  },
} as const

const forAll = ['Access-Control-Allow-Origin'] as const
const ofLimits = ['RateLimit', 'RateLimit-Policy'] as const
const ofWaiting = ['Retry-After'] as const

/** The headers of an answer with this status. */
export function headersOf(status: string): Readonly<Record<string, object>> {
  const names = [
    ...forAll,
    ...(status.startsWith('5') ? [] : ofLimits),
    ...(status === '429' || status === '503' ? ofWaiting : []),
  ]
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
