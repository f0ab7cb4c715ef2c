import { withRowScope } from '@repo/database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, scopeOf, type World } from '../test/create-world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

type Find = (asker: Person, id: number) => Promise<{ readonly note: string | null } | null>

/** Both ask in one tick, over and over, for an order of Alice's: what each is given. */
async function askTogether(find: Find): Promise<readonly (readonly (string | null)[])[]> {
  const id = world.alice.orderIds[0] ?? 0
  const ask = async (asker: Person) => (await find(asker, id))?.note ?? null
  const pairs = Array.from({ length: 50 }, () => Promise.all([ask(world.alice), ask(world.bob)]))
  return Promise.all(pairs)
}

test.each(['findUnique', 'findUniqueOrThrow'] as const)(
  'two users’ %s in one tick give each what is their own',
  async (method) => {
    const given = await askTogether((asker, id) =>
      world
        .as(asker, 'any')
        .order[method]({ where: { id } })
        .catch(() => null),
    )
    expect(new Set(given.map((pair) => pair.join()))).toEqual(new Set(['alice,']))
  },
)

// The canary of docs/decisions/0004: once this fails, findUnique may be passed through again.
test('Prisma still answers a merged findUnique in the first caller’s scope', async () => {
  const given = await askTogether((asker, id) =>
    withRowScope(
      scopeOf(asker, () => 'any'),
      () => world.database.prisma.order.findUnique({ where: { id } }),
    ),
  )
  expect(given.filter(([, bob]) => bob === 'alice').length).toBeGreaterThan(0)
})
