import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'
import { createRdsLogIn } from './rds-log-in.ts'

/** A log-in that changes while the process runs (G36). */
export interface LogIn {
  /** The URL as it is now: asked for each new connection. */
  readonly currentUrl?: (() => string) | undefined
  /** Where Postgres is RDS, and a token of IAM is made for each new connection in place of a password. */
  readonly rdsRegion?: string | null | undefined
  /** The server refused the log-in: when this is done `currentUrl` is asked again. */
  readonly onLogInRefused?: (() => Promise<void>) | undefined
}

/** What a pool connects by: its connections log in as it is said when they are made. */
export function toPoolConfig({ url, currentUrl = () => url, rdsRegion }: LogIn & UrlAtStart) {
  const makeToken = rdsRegion ? createRdsLogIn(rdsRegion) : null
  const passwordOf = async (at: string) =>
    makeToken ? makeToken(at) : String(parseIntoClientConfig(at).password ?? '')

  class CurrentClient extends pg.Client {
    constructor(config: pg.ClientConfig = {}) {
      const at = currentUrl()
      super({ ...config, ...parseIntoClientConfig(at), password: () => passwordOf(at) })
    }
  }
  // The password stands beside it for whoever makes a client of their own.
  const password = () => passwordOf(currentUrl())
  return { ...parseIntoClientConfig(url), password, Client: CurrentClient }
}

interface UrlAtStart {
  readonly url: string
}

// invalid_authorization_specification, invalid_password
const refusals: ReadonlySet<unknown> = new Set(['28000', '28P01'])
// A log-in that is being rotated is refused for as long as its new one is not published.
const waitsMs = [0, 250, 750, 1_500]

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (error?: Error | boolean) => void,
) => void

/** Whoever asks the pool for a connection and is refused by its log-in is given one by the next, within some seconds. */
export function connectAgain(pool: pg.Pool, onRefused: () => Promise<void>): void {
  // Of the overloads `bind` knows the one with a callback alone.
  const connectOnce = pool.connect.bind(pool) as () => Promise<pg.PoolClient>

  async function connect(): Promise<pg.PoolClient> {
    for (const wait of waitsMs) {
      try {
        return await connectOnce()
      } catch (error) {
        if (!refusals.has(Reflect.get(Object(error), 'code'))) throw error
        await onRefused()
        await sleep(wait)
      }
    }
    return connectOnce()
  }
  // pg-pool itself asks with a callback.
  const connectWith = (callback: Connected) =>
    void connect().then(
      (client) => callback(undefined, client, client.release.bind(client)),
      (error: Error) => callback(error, undefined, () => {}),
    )
  const either = (callback?: Connected) => (callback ? connectWith(callback) : connect())
  Object.assign(pool, { connect: either })
}
