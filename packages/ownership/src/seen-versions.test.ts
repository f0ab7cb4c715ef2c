import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createWorld, type Person, scopeOf, type World } from '../test/create-world.ts'
import type { Reach, Scope } from './scope.ts'
import type { ScopedDatabase } from './scoped-database.ts'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const idOf = (person: Person) => person.orderIds[0] ?? 0
const past = new Date(0)

/** The database of who has seen these versions of a resource. */
function seeing(times: readonly Date[], options: Partial<Options> = {}): ScopedDatabase {
  const { person = world.alice, reach = () => 'own', resource = 'order' } = options
  return world.scopedTo({ ...scopeOf(person, reach), unchangedSince: { resource, times } })
}

interface Options {
  readonly person: Person
  readonly reach: Scope['reach']
  readonly resource: string
}

async function versionOf(table: 'orders' | 'users', id: number | string): Promise<Date> {
  const [row] = await world.sql.run(`SELECT updated_at AS at FROM ${table} WHERE id = $1`, [id])
  if (!(row?.['at'] instanceof Date)) throw new Error('The row is gone.')
  return row['at']
}

const writes: Readonly<Record<string, (db: ScopedDatabase, id: number) => Promise<unknown>>> = {
  update: (db, id) => db.order.update({ where: { id }, data: { totalCents: 999 } }),
  delete: (db, id) => db.order.delete({ where: { id } }),
}

describe.each(Object.entries(writes))('%s', (_method, write) => {
  test('is refused for an order that has changed, and is done for one that has not', async () => {
    const id = idOf(world.alice)
    const seen = await versionOf('orders', id)
    for (const times of [[past], []]) {
      const refused = write(seeing(times), id)
      await expect(refused).rejects.toMatchObject({ code: 'precondition_failed' })
    }
    expect(await versionOf('orders', id)).toEqual(seen)
    await expect(write(seeing([past, seen]), id)).resolves.toMatchObject({ id })
  })

  test('does not find what cannot be read, whatever was seen of it', async () => {
    const seen = await versionOf('orders', idOf(world.adam))
    const foreign = await versionOf('orders', idOf(world.bob))
    for (const time of [past, seen, foreign]) {
      const own = write(seeing([time]), idOf(world.adam))
      await expect(own).rejects.toMatchObject({ code: 'not_found' })
      const other = write(seeing([time], { reach: () => 'any' }), idOf(world.bob))
      await expect(other).rejects.toMatchObject({ code: 'not_found' })
    }
    await write(seeing([seen], { reach: () => 'any' }), idOf(world.adam))
  })

  test('is forbidden where the order can be read but not changed', async () => {
    const reach = (_: string, operation: string): Reach => (operation === 'read' ? 'any' : 'own')
    const seen = await versionOf('orders', idOf(world.adam))
    for (const time of [past, seen]) {
      const refused = write(seeing([time], { reach }), idOf(world.adam))
      await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    }
    await write(
      seeing([await versionOf('orders', idOf(world.alice))], { reach }),
      idOf(world.alice),
    )
  })

  test('asks nothing of a resource that the caller has not seen', async () => {
    await write(seeing([past], { resource: 'user' }), idOf(world.alice))
    await expect(write(seeing([past]), world.alice.orderIds[1] ?? 0)).rejects.toMatchObject({
      code: 'precondition_failed',
    })
  })

  test('of 20 at once with one version exactly one is done', async () => {
    const id = idOf(world.alice)
    const seen = await versionOf('orders', id)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => write(seeing([seen]), id)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})

test.each<Reach>(['own', 'any'])(
  'of 20 changes of a user at once by reach %s exactly one is done, the others have lost',
  async (reach) => {
    const { userId } = world.alice
    const person = reach === 'own' ? world.alice : world.adam
    const seen = await versionOf('users', userId)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        seeing([seen], { person, reach: () => reach, resource: 'user' }).user.update({
          where: { id: userId },
          data: { name: `Name ${index}` },
        }),
      ),
    )
    const lost = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? outcome.reason : [],
    )
    expect(lost.map(({ code }) => code)).toEqual(Array(19).fill('precondition_failed'))
  },
)

test('a change within the millisecond of the version that was seen is a new version', async () => {
  const id = idOf(world.alice)
  const seen = await versionOf('orders', id)
  vi.setSystemTime(seen)
  try {
    await writes['update']?.(seeing([seen]), id)
  } finally {
    vi.useRealTimers()
  }
  expect((await versionOf('orders', id)).getTime()).toBe(seen.getTime() + 1)
})

test('a change of nothing is a new version too', async () => {
  const id = idOf(world.alice)
  const seen = await versionOf('orders', id)
  await seeing([seen]).order.update({ where: { id }, data: {} })
  expect(await versionOf('orders', id)).not.toEqual(seen)
})
