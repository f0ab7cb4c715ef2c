import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arbitraryCaller, type Caller, scopeOfCaller } from '../test/property/arbitrary-caller.ts'
import { arbitraryRead } from '../test/property/arbitrary-reads.ts'
import { arbitraryWrite } from '../test/property/arbitrary-writes.ts'
import type { Call } from '../test/property/call.ts'
import { foreignRows, movedRows } from '../test/property/compare-rows.ts'
import {
  type Outcome,
  type Run,
  runScoped,
  runUnscoped,
  saysSomething,
} from '../test/property/run-call.ts'
import { createTenants, type Tenants } from '../test/property/tenants.ts'

// Calls of any shape, made from the schema: a failure prints its seed, and the least call that shows it.
const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 500)
const timeout = 60_000 + numRuns * 200

interface Way {
  readonly rowSecurity: boolean
  readonly run: Run
  readonly asks: (caller: Caller) => boolean
  /** The columns that no change may give another value. */
  readonly owner: readonly string[]
}

// Row-level security knows tenants: neither reach nor what confines somebody to one of two.
const ways: Readonly<Record<string, Way>> = {
  'both locks': {
    ...{ rowSecurity: true, run: runScoped, asks: () => true },
    owner: ['organization_id', 'user_id'],
  },
  'the scoped client alone': {
    ...{ rowSecurity: false, run: runScoped, asks: () => true },
    owner: ['organization_id', 'user_id'],
  },
  'row-level security alone': {
    ...{ rowSecurity: true, run: runUnscoped, asks: ({ person }) => person !== 'carol' },
    owner: ['organization_id'],
  },
}

describe.each(Object.entries(ways))('with %s', (_name, { rowSecurity, run, asks, owner }) => {
  let tenants: Tenants

  beforeAll(async () => {
    tenants = await createTenants({ rowSecurity })
  })
  afterAll(() => tenants.close())

  const callers = arbitraryCaller.filter(asks)

  test('no read tells what another tenant’s data are', { timeout }, async () => {
    const count = createCount()
    async function check(caller: Caller, call: Call): Promise<void> {
      const scope = scopeOfCaller(caller)
      const [one, other] = await Promise.all([
        run(tenants.one.database, call, scope),
        run(tenants.other.database, call, scope),
      ])
      count.add(one, saysSomething(one))
      expect(other).toEqual(one)
    }
    await fc.assert(fc.asyncProperty(callers, arbitraryRead, check), { numRuns })
    // So that it cannot pass by refusing, or by asking for nothing.
    expectShares(count.shares(), { served: 0.5, telling: 0.25 })
  })

  test('no write touches another tenant’s rows, or gives a row away', { timeout }, async () => {
    const count = createCount()
    const kept = await tenants.one.snapshot()
    async function check(caller: Caller, call: Call): Promise<void> {
      const scope = scopeOfCaller(caller)
      const [one, other] = await Promise.all([
        run(tenants.one.database, call, scope),
        run(tenants.other.database, call, scope),
      ])
      const rows = await tenants.one.snapshot()
      const hasChanged = JSON.stringify(rows) !== JSON.stringify(kept)
      await Promise.all([
        hasChanged && tenants.one.restore(),
        other.isServed && tenants.other.restore(),
      ])
      count.add(one, hasChanged)
      expect(foreignRows(rows)).toEqual(foreignRows(kept))
      expect(movedRows(kept, rows, owner)).toEqual([])
      if (tellsAlike(call)) expect(lookOf(call, other)).toBe(lookOf(call, one))
    }
    await fc.assert(fc.asyncProperty(callers, arbitraryWrite, check), { numRuns })
    expectShares(count.shares(), { served: 0.1, telling: 0.05 })
  })
})

interface Shares {
  readonly served: number
  readonly telling: number
}

function expectShares(shares: Shares, least: Shares): void {
  expect(shares.served).toBeGreaterThan(least.served)
  expect(shares.telling).toBeGreaterThan(least.telling)
}

// A key is one over all tenants: whoever chooses one learns whether it is taken. No handler lets a caller choose.
const tellsAlike = ({ method, args }: Call) =>
  method.startsWith('delete') || (method.startsWith('update') && !('id' in Object(args['data'])))

/** What a write answers, without the times that it sets. */
const lookOf = ({ method }: Call, { isServed, text }: Outcome) =>
  isServed && !['updateMany', 'deleteMany'].includes(method) ? 'served' : text

function createCount() {
  let [asked, served, telling] = [0, 0, 0]
  return {
    add({ isServed }: Outcome, tells: boolean) {
      asked += 1
      served += Number(isServed)
      telling += Number(tells)
    },
    shares: (): Shares => ({ served: served / asked, telling: telling / asked }),
  }
}
