import type { Database } from '@repo/database'
import type { Encryption } from '@repo/encryption'
import { generateKeyId, type KeyPurpose, keyContext, keyPurposes } from './key-purposes.ts'

/** Adds the next keys of an installation, as the worker's role; every process takes them by itself (G35). */
export interface KeyRotation {
  /** Publishes the next key of each purpose whose newest is so old that the next one has to be used in time; those purposes. */
  rotateDue(): Promise<readonly KeyPurpose[]>
  /** Publishes the next key now; from when it is used. */
  rotate(purpose: KeyPurpose, options: { readonly aheadSeconds: number }): Promise<Date>
  /** Uses the next key now, and ends all others: what was made with them is good no more. */
  revoke(purpose: KeyPurpose): Promise<void>
  /** Takes away those that have ended; how many they were. */
  deleteEnded(): Promise<number>
  list(): Promise<readonly KeyEntry[]>
  /** For how many seconds the keys in use have been older than they may become: 0 where the rotation works. */
  measureOverdue(): Promise<readonly Overdue[]>
}

export interface Overdue {
  readonly purpose: KeyPurpose
  readonly seconds: number
}

export interface KeyEntry {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly usedFrom: Date
  /** Null for the newest. */
  readonly endsAt: Date | null
  /** The one that is used now. */
  readonly isUsed: boolean
}

export interface KeyRotationOptions {
  readonly database: Pick<Database, 'query'>
  readonly encryption: Encryption
  readonly clock: () => Date
  /** How old a key becomes before the next one is used. */
  readonly maxAgeDays: number
}

const daySeconds = 24 * 60 * 60
// The last time there is: no key is used after it.
const never = new Date(8.64e15)
const purposes = Object.keys(keyPurposes) as readonly KeyPurpose[]

export function createKeyRotation(options: KeyRotationOptions): KeyRotation {
  const { database, encryption, clock, maxAgeDays } = options

  async function add({ purpose, ...times }: NewKey): Promise<boolean> {
    const id = generateKeyId()
    const text = await keyPurposes[purpose].generate()
    const sealed = encryption.encrypt(text, keyContext(purpose, id))
    const { usedFrom, othersEnd, unlessAfter } = times
    const [row] = await database.query<{ added: boolean }>({
      ...questions.add,
      values: [id, purpose, sealed, clock(), usedFrom, othersEnd, unlessAfter],
    })
    return row?.added ?? false
  }

  async function rotateOne(purpose: KeyPurpose, wanted: Rotation): Promise<Date | null> {
    const { aheadSeconds, unlessAfter = never } = wanted
    const usedFrom = after(clock(), aheadSeconds)
    const othersEnd = after(usedFrom, keyPurposes[purpose].overlapSeconds)
    return (await add({ purpose, usedFrom, othersEnd, unlessAfter })) ? usedFrom : null
  }

  async function list(): Promise<readonly KeyEntry[]> {
    const now = clock()
    const rows = await database.query<KeyRow>({ ...questions.list, values: [now] })
    return rows.map(({ id, purpose, used_from, ends_at }) => {
      const used = rows.find((row) => row.purpose === purpose && row.used_from <= now)
      return { id, purpose, usedFrom: used_from, endsAt: ends_at, isUsed: used?.id === id }
    })
  }

  return {
    list,
    async rotateDue() {
      const keys = await list()
      const rotated = await Promise.all(
        purposes.map(async (purpose) => {
          const { aheadSeconds } = keyPurposes[purpose]
          const oldest = after(clock(), aheadSeconds - maxAgeDays * daySeconds)
          const newest = keys.find((key) => key.purpose === purpose)
          // The first is made by whoever needs it.
          if (!newest || newest.usedFrom > oldest) return null
          return (await rotateOne(purpose, { aheadSeconds, unlessAfter: oldest })) && purpose
        }),
      )
      return rotated.filter((purpose) => purpose !== null)
    },
    async measureOverdue() {
      const now = clock().getTime()
      const used = (await list()).filter(({ isUsed }) => isUsed)
      return used.map(({ purpose, usedFrom }) => {
        const ageSeconds = (now - usedFrom.getTime()) / 1_000
        return { purpose, seconds: Math.max(0, ageSeconds - maxAgeDays * daySeconds) }
      })
    },
    async rotate(purpose, wanted) {
      const usedFrom = await rotateOne(purpose, wanted)
      if (!usedFrom) throw new Error('The next key was not added.')
      return usedFrom
    },
    async revoke(purpose) {
      const now = clock()
      await add({ purpose, usedFrom: now, othersEnd: now, unlessAfter: never })
    },
    async deleteEnded() {
      const [row] = await database.query<{ deleted: number }>({
        ...questions.deleteEnded,
        values: [clock()],
      })
      return row?.deleted ?? 0
    },
  }
}

interface NewKey {
  readonly purpose: KeyPurpose
  readonly usedFrom: Date
  readonly othersEnd: Date
  readonly unlessAfter: Date
}

interface Rotation {
  readonly aheadSeconds: number
  readonly unlessAfter?: Date
}

// A type, not an interface: rows have to be indexable.
type KeyRow = {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly used_from: Date
  readonly ends_at: Date | null
}

const after = (time: Date, seconds: number) => new Date(time.getTime() + seconds * 1_000)

const questions = {
  add: {
    name: 'jobs_add_rotating_key',
    text: 'SELECT jobs.add_rotating_key($1, $2, $3, $4, $5, $6, $7) AS added',
  },
  list: { name: 'jobs_list_rotating_keys', text: 'SELECT * FROM jobs.list_rotating_keys($1)' },
  deleteEnded: {
    name: 'jobs_delete_ended_keys',
    text: 'SELECT jobs.delete_ended_keys($1) AS deleted',
  },
} as const
