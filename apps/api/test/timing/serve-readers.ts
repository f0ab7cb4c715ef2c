import { once } from 'node:events'
import { createWorld } from '../support/create-world.ts'
import { startApi } from '../support/start-api.ts'

/** What the process that serves tells the one that asks. */
export interface Served {
  readonly url: string
  /** Who read their own orders; each has an hourly limit of their own. */
  readonly readers: readonly { readonly path: string; readonly cookie: string }[]
  /** Someone whose log-ins succeed. */
  readonly email: string
}

const ordersEach = 20

/** Serves an API for a parent process, until the parent ends the channel between them. */
async function serveReaders(count: number): Promise<void> {
  const api = await startApi()
  const world = await createWorld(api)
  const people = await Promise.all(Array.from({ length: count }, () => world.createPerson()))
  for (const person of people) {
    await Promise.all(Array.from({ length: ordersEach }, () => world.createOrder(person)))
  }
  const { email } = await world.createPerson()
  const readers = people.map(({ id, cookie }) => ({ path: `/api/users/${id}/orders`, cookie }))
  process.send?.({ url: api.url, readers, email } satisfies Served)
  await once(process, 'disconnect')
  await world.close()
  await api.close()
}

await serveReaders(Number(process.argv[2]))
