import type { NewOAuthClient } from '@repo/auth'
import { keyPermissions } from '@repo/rbac'
import { findFreePort } from '@repo/testing'
import { afterAll, beforeAll } from 'vitest'
import { createWorld, type World } from './create-world.ts'
import { startApi, type TestApi } from './start-api.ts'

export interface OAuthBench {
  readonly api: TestApi
  readonly world: World
  /** The issuer, under which the API is reached: a client checks that they are the same. */
  readonly origin: string
  /** What access tokens are for. */
  readonly audience: string
  /** Makes a client; a browser's, of our own, that may ask for everything, unless it is said otherwise. */
  createClient(client?: Partial<NewOAuthClient>): Promise<TestClient>
  /** Makes a service, a member of acme. */
  createService(): Promise<TestClient>
}

export interface TestClient {
  readonly id: string
  readonly secret: string
}

export const callback = 'https://client.test/callback'

const usual: NewOAuthClient = {
  kind: 'browser',
  name: 'Test client',
  redirectUris: [callback],
  scopes: keyPermissions,
  firstParty: true,
  organizationId: null,
}

/** One API whose base URL is where it listens, for the tests of a file. */
export function useOAuth(
  prepare: (bench: OAuthBench) => void | Promise<void>,
  environment: (origin: string) => Promise<Readonly<Record<string, string>>> = async () => ({}),
): void {
  let close = async () => {}
  beforeAll(async () => {
    const port = String(await findFreePort())
    const origin = `http://localhost:${port}`
    const own = { PORT: port, BASE_URL: origin, HOST: '127.0.0.1' }
    const api = await startApi({ environment: { ...own, ...(await environment(origin)) } })
    close = api.close
    const world = await createWorld(api)
    close = async () => {
      await world.close()
      await api.close()
    }
    async function createClient(client: Partial<NewOAuthClient> = {}): Promise<TestClient> {
      const { clients } = api
      const { id, secret } = await clients.create({ ...usual, ...client })
      return { id, secret: secret ?? '' }
    }
    const service = { kind: 'service', redirectUris: [], firstParty: false } as const
    const createService = () => createClient({ ...service, organizationId: world.acme })
    await prepare({ api, world, origin, audience: `${origin}/api`, createClient, createService })
  })
  afterAll(() => close())
}
