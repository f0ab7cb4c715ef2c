import { withRowScope } from '@repo/database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, scopeOf, type World } from '../test/create-world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

type Find = (asker: Person, id: number) => Promise<{ readonly note: string | null } | null>

/** In one tick, over and over: Alice asks for an order of hers, Bob for the same one and for his. */
async function askTogether(find: Find): Promise<readonly string[]> {
  const [hers = 0, his = 0] = [world.alice.orderIds[0], world.bob.orderIds[0]]
  const ask = async (asker: Person, id: number) => (await find(asker, id))?.note ?? 'nothing'
  const asked = Array.from({ length: 50 }, () =>
    Promise.all([ask(world.alice, hers), ask(world.bob, hers), ask(world.bob, his)]),
  )
  return (await Promise.all(asked)).map((given) => given.join())
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
    expect(new Set(given)).toEqual(new Set(['alice,nothing,bob']))
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
  // Bob is given her order, and not his own.
  expect(new Set(given)).toContain('alice,alice,nothing')
})
