import fc, { type Arbitrary } from 'fast-check'
import type { Reach, Scope } from '../../src/scope.ts'
import { ids } from './fill-tenants.ts'

const people = {
  alice: { userId: ids.alice, organizationId: ids.acme },
  adam: { userId: ids.adam, organizationId: ids.acme },
  carol: { userId: ids.carol, organizationId: ids.acme },
} as const

const reaches: Readonly<Record<string, Scope['reach']>> = {
  own: () => 'own',
  any: () => 'any',
  'any to read, own to write': (_, operation): Reach => (operation === 'read' ? 'any' : 'own'),
  'own orders, any people': (resource): Reach => (resource === 'order' ? 'own' : 'any'),
  'no files': (resource): Reach => (resource === 'file' ? null : 'any'),
}

export interface Caller {
  readonly person: keyof typeof people
  readonly reach: string
  readonly isConfined: boolean
}

/**
 * Somebody of the first tenant. Carol is of both, and by right sees that she is; confined, as a key or a token
 * confines her, she is not to see even that.
 */
export const arbitraryCaller: Arbitrary<Caller> = fc
  .record({
    person: fc.constantFrom<Caller['person']>('alice', 'alice', 'adam', 'carol'),
    reach: fc.constantFrom(...Object.keys(reaches)),
    isConfined: fc.boolean(),
  })
  .map((caller) => (caller.person === 'carol' ? { ...caller, isConfined: true } : caller))

export const scopeOfCaller = ({ person, reach, isConfined }: Caller): Scope => ({
  ...people[person],
  reach: reaches[reach] ?? (() => null),
  isConfined,
})
