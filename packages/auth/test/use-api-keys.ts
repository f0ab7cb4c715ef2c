import { afterAll, beforeAll } from 'vitest'
import { type ApiKeyOptions, type ApiKeys, createApiKeys, type NewApiKey } from '../src/api-keys.ts'
import { createPeople, type People } from './create-people.ts'

export interface ApiKeyTests {
  readonly people: People
  /** Keys of an installation with the usual bound of 90 days. */
  readonly keys: ApiKeys
  readonly now: () => Date
  /** The same database under another bound. */
  withMaxAge(days: number): ApiKeys
  /** A key that a person of its own holds. */
  create(options?: Partial<ApiKeyOptions>): Promise<Held>
  /** Moves the clock of all of them. */
  passDays(days: number): void
}

export interface Held extends NewApiKey {
  readonly userId: string
  readonly organizationId: string
}

const dayMs = 24 * 60 * 60 * 1_000

/** A database with people and keys under a clock that the test moves. */
export function useApiKeys(prepare: (made: ApiKeyTests) => void): void {
  let people: People
  let now = new Date('2027-01-01T12:00:00Z')
  beforeAll(async () => {
    people = await createPeople()
    const withMaxAge = (maxAgeDays: number) =>
      createApiKeys({ database: people.database, clock: () => now, maxAgeDays })
    const keys = withMaxAge(90)
    prepare({
      people,
      keys,
      withMaxAge,
      now: () => now,
      async create(options = {}) {
        const person = await people.create(crypto.randomUUID())
        const key = { ...person, name: 'deploy', permissions: ['order:read:own'], maxAgeDays: 90 }
        return { ...person, ...(await keys.create({ ...key, ...options })) }
      },
      passDays: (days) => {
        now = new Date(now.getTime() + days * dayMs)
      },
    })
  })
  afterAll(() => people.close())
}
