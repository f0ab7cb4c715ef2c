import { randomBytes } from 'node:crypto'
import { createTestDatabase, openSql, type Sql, type TestDatabase } from '@repo/testing'
import { afterAll, beforeAll } from 'vitest'

export interface Person {
  readonly userId: string
  readonly organizationId: string
  readonly email: string
}

/** A database of its own for the tests of a file, and people in it. */
export function useWorkerDatabase() {
  let urls: TestDatabase
  let owner: Sql
  let worker: Sql
  const encryptionKeys = `test:${randomBytes(32).toString('base64')}`
  beforeAll(async () => {
    urls = await createTestDatabase()
    owner = openSql(urls.ownerUrl)
    worker = openSql(urls.workerUrl)
  })
  afterAll(async () => {
    await Promise.all([owner?.close(), worker?.close()])
    await urls?.drop()
  })
  return {
    encryptionKeys,
    get urls() {
      return urls
    },
    get owner() {
      return owner
    },
    get worker() {
      return worker
    },
    async createPerson(): Promise<Person> {
      const [userId, organizationId] = [crypto.randomUUID(), crypto.randomUUID()]
      const email = `${userId}@people.test`
      await owner.run(
        `INSERT INTO users (id, email, name, email_verified_at) VALUES ($1, $2, 'n', now())`,
        [userId, email],
      )
      await owner.run(`INSERT INTO organizations (id, name) VALUES ($1, 'acme')`, [organizationId])
      await owner.run(
        `INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'owner')`,
        [organizationId, userId],
      )
      return { userId, organizationId, email }
    },
  }
}
