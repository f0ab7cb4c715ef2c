import type { TestBackend } from './backend.ts'
import type { TestDatabaseUrls } from './database-urls.ts'

export const templateName = 'rampart_template'

/** What the test workers are told, by environment variables. */
export type TestEnvironment = {
  readonly TEST_BACKEND: TestBackend
  readonly TEST_DATABASE_ADMIN_URL: string
  readonly TEST_DATABASE_OWNER_URL: string
  readonly TEST_DATABASE_APP_URL: string
  readonly TEST_DATABASE_WORKER_URL: string
  readonly TEST_DATABASE_PLATFORM_URL: string
  /** Set where the API's roles come by way of a pooler: what DATABASE_POOLER has to say then. */
  readonly TEST_DATABASE_POOLER?: 'transaction'
  readonly TEST_REDIS_URL?: string
  readonly TEST_REDIS_CLUSTER_URL?: string
}

/** The URLs of the template database; throws outside a test run. */
export function readTemplateUrls(): TestDatabaseUrls {
  return {
    adminUrl: requireVariable('TEST_DATABASE_ADMIN_URL'),
    ownerUrl: requireVariable('TEST_DATABASE_OWNER_URL'),
    appUrl: requireVariable('TEST_DATABASE_APP_URL'),
    workerUrl: requireVariable('TEST_DATABASE_WORKER_URL'),
    platformUrl: requireVariable('TEST_DATABASE_PLATFORM_URL'),
  }
}

function requireVariable(name: keyof TestEnvironment): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: start the tests from the root of the workspace.`)
  return value
}
