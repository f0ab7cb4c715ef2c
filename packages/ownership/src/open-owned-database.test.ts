import { openDatabase } from '@repo/database'
import { findFreePort } from '@repo/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, scopeOf, type World } from '../test/create-world.ts'
import { openOwnedDatabase } from './open-owned-database.ts'
import { scopeDatabase } from './scoped-database.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

test('only a role that row-level security binds is served with', async () => {
  const refused = openOwnedDatabase({ url: world.test.ownerUrl })
  await expect(refused).rejects.toThrow('owns tables')
  const accepted = await openOwnedDatabase({ url: world.test.appUrl })
  await accepted.database.close()
})

test('an object can be read by whom it is in reach of', async () => {
  const can = (id: string | number, reach: 'own' | 'any' | null) =>
    world.canRead(
      'order',
      id,
      scopeOf(world.alice, () => reach),
    )
  const [own = 0, colleagues = 0, foreign = 0] = [world.alice, world.adam, world.bob].map(
    (person) => person.orderIds[0],
  )
  expect([await can(own, 'own'), await can(own, 'any'), await can(own, null)]).toEqual([
    true,
    true,
    false,
  ])
  expect([await can(colleagues, 'own'), await can(colleagues, 'any')]).toEqual([false, true])
  expect([await can(foreign, 'own'), await can(foreign, 'any')]).toEqual([false, false])
})

test.each([
  ['order', 'not a number'],
  ['order', 2 ** 40],
  ['user', 'not a uuid'],
  ['organization', '\0'],
])('of an %s with the id %j nothing is seen and nothing is told', async (resource, id) => {
  const scope = scopeOf(world.alice, () => 'any')
  expect(await world.canRead(resource, id, scope)).toBe(false)
  expect(await world.canRead('user', world.alice.userId, scope)).toBe(true)
})

test('a resource that is no open model is a mistake, not a no', async () => {
  const scope = scopeOf(world.alice, () => 'any')
  await expect(world.canRead('session', '1', scope)).rejects.toThrow('No model is open')
  await expect(world.canRead('nothing', 1, scope)).rejects.toThrow('No model is open')
})

test('a server that is gone is no answer either', async () => {
  const nobody = openDatabase({ url: `postgresql://a:b@127.0.0.1:${await findFreePort()}/c` })
  const db = scopeDatabase(
    nobody,
    scopeOf(world.alice, () => 'any'),
  )
  const unavailable = { code: 'unavailable' }
  await expect(db.order.count()).rejects.toMatchObject(unavailable)
  await expect(db.transaction((inside) => inside.order.count())).rejects.toMatchObject(unavailable)
  await nobody.close()
})
