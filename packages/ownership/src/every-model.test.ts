import { withRowScope } from '@repo/database'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ids, openTenantDatabase, type TenantDatabase } from '../test/property/tenants.ts'
import { openModelNames, ownershipOf } from './owned-models.ts'
import type { Scope } from './scope.ts'
import { scopeDatabase } from './scoped-database.ts'
import { tableGuardOf } from './table-guard.ts'

// Every open model of the list, behind each lock alone: a new one is here by being listed.
let tenant: TenantDatabase

beforeAll(async () => {
  tenant = await openTenantDatabase()
})
afterAll(() => tenant.close())

const scope: Scope = { userId: ids.alice, organizationId: ids.acme, reach: () => 'any' }

interface Delegate {
  count(args?: object): Promise<number>
  findMany(args?: object): Promise<readonly Readonly<Record<string, unknown>>[]>
  updateMany(args: object): Promise<{ readonly count: number }>
  deleteMany(args?: object): Promise<{ readonly count: number }>
}

type Way = (model: string) => Promise<Delegate>

const keyOf = (model: string) => model.charAt(0).toLowerCase() + model.slice(1)

// Parse boundaries: every open model has these methods.
const scoped: Way = async (model) =>
  Reflect.get(scopeDatabase(tenant.database, scope), keyOf(model)) as Delegate
const unscoped: Way = async (model) => Reflect.get(tenant.database.prisma, keyOf(model)) as Delegate

/** What of a model belongs to the other tenant alone. */
function foreignOf(model: string): object {
  if (model === 'User') return { id: ids.bob }
  return { [ownershipOf(model).owner.tenant ?? 'organizationId']: ids.globex }
}

async function reachedBy(way: Way, model: string) {
  const delegate = await way(model)
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

const security = (state: 'ENABLE' | 'DISABLE') =>
  Promise.all(
    openModelNames.map((model) =>
      tenant.sql.run(`ALTER TABLE "${tableGuardOf(model).table}" ${state} ROW LEVEL SECURITY`),
    ),
  )

describe.each(openModelNames)('of %s', (model) => {
  const nothing = (reached: object) => Object.values(reached).filter((count) => count !== 0)

  test('own rows are there, by either lock', async () => {
    for (const way of [scoped, unscoped]) {
      const delegate = await way(model)
      expect(await withRowScope(scope, () => delegate.count())).toBeGreaterThan(0)
    }
  })

  test('no row of another tenant is reached by row-level security alone', async () => {
    expect(nothing(await reachedBy(unscoped, model))).toEqual([])
  })

  test('no row of another tenant is reached by the scoped client alone', async () => {
    await security('DISABLE')
    try {
      expect(nothing(await reachedBy(scoped, model))).toEqual([])
      // Without both locks every one of the questions reaches some, so that it can tell.
      expect(Object.values(await reachedBy(unscoped, model)).every((count) => count > 0)).toBe(true)
    } finally {
      await security('ENABLE')
      await tenant.restore()
    }
  })
})
