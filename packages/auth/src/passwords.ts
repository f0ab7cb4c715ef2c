import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { createWorkQueue } from './work-queue.ts'

// OWASP Password Storage Cheat Sheet: Argon2id (2 in the binding's enum), 19 MiB, two passes, one lane.
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// Five callers in a hurry fill the queue, one does not: at 6 ms each, its ten cost others 60 ms.
const places = { maxWaiting: 50, maxWaitingOfOneLane: 10 }

/** A lane, where it is given, is whom the work is for, such as the caller's address. */
export interface Passwords {
  hash(password: string, lane?: string): Promise<string>
  /** False for a wrong password; with null for a hash it does the same work and answers false. */
  verify(hash: string | null, password: string, lane?: string): Promise<boolean>
}

/**
 * Argon2id on libuv's thread pool, never on the event loop; at most cores − 1 at once, and past 50
 * waiting, or 10 of one lane, `overloaded` with Retry-After.
 */
export function createPasswords(): Passwords {
  const concurrency = Math.max(1, availableParallelism() - 1)
  const run = createWorkQueue({ concurrency, ...places })
  // An unknown user costs the same work as a wrong password (no enumeration by time).
  const nobody = run(() => hash('nobody has this password', argon2id))
  return {
    hash: (password, lane) => run(() => hash(password, argon2id), lane),
    async verify(stored, password, lane) {
      const standIn = await nobody
      const matches = await run(() => verify(stored ?? standIn, password), lane)
      return matches && stored !== null
    },
  }
}
