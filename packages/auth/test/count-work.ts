import type { Database } from '@repo/database'
import type { Passwords } from '../src/passwords.ts'

export interface Work {
  readonly hashes: number
  readonly verifications: number
  readonly queries: readonly string[]
}

export interface CountedWork {
  readonly database: Database
  readonly passwords: Passwords
  /** What a task did, through these two, until its promise settled. */
  count(task: () => Promise<unknown>): Promise<Work>
}

/** The real database and the real Argon2id, each of whose uses is counted. */
export function countWork(real: {
  readonly database: Database
  readonly passwords: Passwords
}): CountedWork {
  let work = { hashes: 0, verifications: 0, queries: [] as string[] }
  return {
    database: {
      ...real.database,
      query(statement) {
        work.queries.push(statement.name)
        return real.database.query(statement)
      },
    },
    passwords: {
      hash(password) {
        work.hashes += 1
        return real.passwords.hash(password)
      },
      verify(hash, password) {
        work.verifications += 1
        return real.passwords.verify(hash, password)
      },
    },
    async count(task) {
      work = { hashes: 0, verifications: 0, queries: [] }
      await task()
      return work
    },
  }
}
