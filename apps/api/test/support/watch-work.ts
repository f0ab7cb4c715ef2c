import { createHook } from 'node:async_hooks'
import { Socket } from 'node:net'

export interface Work {
  /** How often Argon2 ran. */
  readonly hashes: number
  /** The identity functions that Postgres was asked, in order. */
  readonly statements: readonly string[]
}

/**
 * Watches what this process does from here on, below all of our code: work that a native binding puts
 * on libuv's pool, and the messages that go out to Postgres.
 */
export function watchWork(): {
  take(): Work
  /**
   * Every statement since it was last asked, by name, but for those that no request asks: the audit log writes
   * later, many at once, and so does the detection; blocked addresses are read every two seconds.
   */
  takeStatements(): readonly string[]
} {
  let asked: string[] = []
  let work = { hashes: 0, statements: [] as string[] }
  // Argon2's binding is the only one that runs here, and leaves its work unnamed.
  createHook({
    init(_id, type) {
      if (type === 'undefined') work.hashes += 1
    },
  }).enable()
  Socket.prototype.write = new Proxy(Socket.prototype.write, {
    apply(write, socket, given: Parameters<Socket['write']>) {
      const name = readStatement(given[0])
      if (name === undefined || isBehind(name)) return Reflect.apply(write, socket, given)
      if (name.startsWith('identity_')) work.statements.push(name)
      asked.push(name)
      return Reflect.apply(write, socket, given)
    },
  })
  return {
    take() {
      const taken = work
      work = { hashes: 0, statements: [] }
      return taken
    },
    takeStatements() {
      const taken = asked
      asked = []
      return taken
    },
  }
}

const behind: ReadonlySet<string> = new Set([
  'list_blocked_addresses',
  'raise_alert',
  'identity_list_rotating_keys',
])
// Those without a name are the worker's, which sends the mails of a test in this process.
const isBehind = (name: string) => name === '' || name.startsWith('audit_') || behind.has(name)

/** The prepared statement that a Bind message names: type, length, portal, statement (PostgreSQL, section 54.7). */
function readStatement(written: unknown): string | undefined {
  if (!Buffer.isBuffer(written) || written[0] !== 0x42) return undefined
  return written.toString('latin1', 5).split('\0')[1]
}
