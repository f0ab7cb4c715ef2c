import { type Database, withRowScope } from '@repo/database'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ids } from '../test/property/fill-tenants.ts'
import { openTenantDatabase, type TenantDatabase } from '../test/property/tenants.ts'
import { delegateNameOf, openModelNames, ownershipOf } from './owned-models.ts'
import type { Scope } from './scope.ts'
import { scopeDatabase } from './scoped-database.ts'
import { tableGuardOf } from './table-guard.ts'

// Every open model of the list, behind each lock alone: a new one is here by being listed.
let tenant: TenantDatabase
let withoutSecurity: TenantDatabase

beforeAll(async () => {
  tenant = await openTenantDatabase()
  withoutSecurity = await openTenantDatabase()
  for (const model of openModelNames) {
    const { table } = tableGuardOf(model)
    await withoutSecurity.sql.run(`ALTER TABLE "${table}" DISABLE ROW LEVEL SECURITY`)
  }
})
afterAll(() => Promise.all([tenant.close(), withoutSecurity.close()]))

const scope: Scope = { userId: ids.alice, organizationId: ids.acme, reach: () => 'any' }

interface Delegate {
  count(args?: object): Promise<number>
  findMany(args?: object): Promise<readonly Readonly<Record<string, unknown>>[]>
  updateMany(args: object): Promise<{ readonly count: number }>
  deleteMany(args?: object): Promise<{ readonly count: number }>
}

type Way = (database: Database, model: string) => Delegate

// Parse boundaries: every open model has these methods.
const scoped: Way = (database, model) =>
  Reflect.get(scopeDatabase(database, scope), delegateNameOf(model)) as Delegate
const unscoped: Way = ({ prisma }, model) => Reflect.get(prisma, delegateNameOf(model)) as Delegate

/** What of a model belongs to the other tenant alone. */
function foreignOf(model: string): object {
  if (model === 'User') return { id: ids.bob }
  return { [ownershipOf(model).owner.tenant ?? 'organizationId']: ids.globex }
}

/** How many of the other tenant's rows every operation reaches that is granted at all. */
async function reachedBy(way: Way, { database }: TenantDatabase, model: string) {
  const delegate = way(database, model)
  const where = foreignOf(model)
  const { grants } = tableGuardOf(model)
  const asked = (task: () => Promise<number>) => withRowScope(scope, task)
  const canUpdate = grants.update !== undefined
  return {
    rows: await asked(async () => (await delegate.findMany({ where })).length),
    counted: await asked(() => delegate.count({ where })),
    ...(canUpdate && {
      changed: await asked(
        async () => (await delegate.updateMany({ where, data: { updatedAt: new Date() } })).count,
      ),
    }),
    ...(grants.delete && {
      deleted: await asked(async () => (await delegate.deleteMany({ where })).count),
    }),
  }
}

describe.each(openModelNames)('of %s', (model) => {
  test('own rows are there, by either lock', async () => {
    for (const delegate of [
      scoped(withoutSecurity.database, model),
      unscoped(tenant.database, model),
    ]) {
      expect(await withRowScope(scope, () => delegate.count())).toBeGreaterThan(0)
    }
  })

  test.each([
    ['row-level security', unscoped, () => tenant],
    ['the scoped client', scoped, () => withoutSecurity],
  ] as const)('no row of another tenant is reached by %s alone', async (_name, way, database) => {
    const reached = await reachedBy(way, database(), model)
    expect(Object.entries(reached).filter(([, count]) => count !== 0)).toEqual([])
  })

  test('without both locks every operation reaches some, so that it can tell', async () => {
    const reached = await reachedBy(unscoped, withoutSecurity, model)
    await withoutSecurity.restore()
    expect(Object.entries(reached).filter(([, count]) => count === 0)).toEqual([])
  })
})
