import { appRouter } from '../../src/routers/app-router.ts'
import { servedKind } from './access-matrix.ts'
import type { Person, World } from './create-world.ts'
import { type Declared, listProcedures } from './procedures.ts'
import { anySubject, createSubject, samples } from './samples.ts'
import { type Input, idFieldsOf, sampleOf } from './walk.ts'

const idsOf = ({ path }: Declared) => idFieldsOf(samples[path]?.(anySubject))

/** Every procedure that takes an id; what belongs to the platform is in no tenant: oauth/clients.test.ts. */
export const namingIds: readonly Declared[] = listProcedures(appRouter).filter(
  (procedure) => idsOf(procedure).length > 0 && procedure.access.door !== 'admin',
)

/** An id of the same form that nothing has. */
export const missing = (value: unknown) =>
  typeof value === 'number' ? 2_147_483_647 : '01234567-89ab-7def-8123-456789abcdef'

/** The sample of a procedure about somebody, with what it names made. */
export async function sampleAbout(
  world: World,
  procedure: Declared,
  person: Person,
): Promise<Input> {
  const subject = await createSubject(world, person)
  return (await sampleOf(procedure, { world, subject, caller: person })) ?? {}
}

/** Somebody of this role, with the sample about themselves. */
export async function callerWithInput(world: World, procedure: Declared, role: string) {
  const caller = await world.createPerson({ role })
  return { caller, cookie: caller.cookie, input: await sampleAbout(world, procedure, caller) }
}

/** Somebody who is let in, with the sample about themselves. */
export function servedWithInput(world: World, procedure: Declared) {
  const kind = servedKind(procedure)
  return callerWithInput(world, procedure, kind === 'admin' || kind === 'owner' ? kind : 'member')
}

/** An id of every kind there is, of things of this person's, by the field that names it: those known, and the others made. */
export async function idsOfEveryKind(world: World, person: Person, known: Input): Promise<Input> {
  const ids = Object.fromEntries(idFieldsOf(known).map((field) => [field, known[field]]))
  for (const procedure of namingIds) {
    if (idsOf(procedure).every((field) => Object.hasOwn(ids, field))) continue
    const input = await sampleAbout(world, procedure, person)
    for (const field of idFieldsOf(input)) ids[field] ??= input[field]
  }
  return ids
}
