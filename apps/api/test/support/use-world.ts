import { afterAll, beforeAll } from 'vitest'
import { createWorld, type World } from './create-world.ts'
import { startApi, type TestApi } from './start-api.ts'

interface Made {
  readonly api: TestApi
  readonly world: World
}

/** One API and its two tenants for the tests of a file: made before the first, closed after the last. */
export function useWorld(
  prepare: (made: Made) => void | Promise<void>,
  options: Parameters<typeof startApi>[0] = {},
): void {
  let close = async () => {}
  beforeAll(async () => {
    const api = await startApi(options)
    close = api.close
    const world = await createWorld(api)
    close = async () => {
      await world.close()
      await api.close()
    }
    await prepare({ api, world })
  })
  afterAll(() => close())
}
