import type { Person, World } from './create-world.ts'
import { password } from './create-world.ts'

/** What a call is about: a person, and an object of theirs made for this call alone. */
export interface Subject {
  readonly person: Person
  readonly orderId: number
}

/** A subject for asking what a sample names, without a database. */
export const anySubject: Subject = {
  person: { id: 'id', email: 'email', organizationId: 'id', cookie: '' },
  orderId: 1,
}

export async function createSubject(world: World, person: Person): Promise<Subject> {
  return { person, orderId: await world.createOrder(person) }
}

/**
 * A valid input of every procedure, about the subject. The walking tests call each procedure with
 * it as every kind of caller; a procedure without a sample fails them.
 */
export const samples: Readonly<
  Record<string, (subject: Subject) => Readonly<Record<string, unknown>> | undefined>
> = {
  'auth.login': ({ person }) => ({ email: person.email, password }),
  'auth.logout': () => undefined,
  'auth.session': () => undefined,
  'orders.list': ({ person }) => ({ userId: person.id }),
  'orders.get': ({ orderId }) => ({ orderId }),
  'orders.create': ({ person }) => ({ userId: person.id, currency: 'EUR', totalCents: 500 }),
  'orders.update': ({ orderId }) => ({ orderId, status: 'paid' }),
  'orders.delete': ({ orderId }) => ({ orderId }),
  'organizations.list': () => ({}),
  'organizations.get': ({ person }) => ({ organizationId: person.organizationId }),
  'users.get': ({ person }) => ({ userId: person.id }),
  'users.update': ({ person }) => ({ userId: person.id, name: 'New Name' }),
}
