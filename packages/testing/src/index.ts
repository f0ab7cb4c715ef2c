export {
  findFreePort,
  launchRedisServer,
  type RedisServer,
  requireRealRedisUrl,
} from '@repo/embedded-servers'
export {
  type Authenticator,
  createAuthenticator,
  type KeyCreation,
  type KeyRequest,
} from './authenticator.ts'
export type { Tampering } from './authenticator-data.ts'
export { type BackendEnvironment, chooseTestBackend, type TestBackend } from './backend.ts'
export { copyWorkspace, type Outcome, type WorkspaceCopy } from './copy-workspace.ts'
export { createTestCertificate, type TestCertificate } from './create-test-certificate.ts'
export { createTestDatabase, type TestDatabase } from './create-test-database.ts'
export { claimRedisDatabase, createTestRedis, type TestRedis } from './create-test-redis.ts'
export type { PrepareDatabase, TestDatabaseUrls } from './database-urls.ts'
export { generateTotpCode } from './generate-totp-code.ts'
export { launchClamd, type RealClamd } from './launch-clamd.ts'
export { launchPgbouncer, type Pgbouncer } from './launch-pgbouncer.ts'
export { openSql, type Sql } from './open-sql.ts'
export { createPdf, createPng, createPngOf, pngChunk, sampleJpeg } from './sample-files.ts'
export { type AwsAccess, isSignedByAws } from './signed-by-aws.ts'
export { type AppProcess, startApp } from './start-app.ts'
export { eicar, startClamd, type TestClamd } from './start-clamd.ts'
export { type NodeProcess, startNode } from './start-node.ts'
export { type RdsDoor, startRdsDoor, trustBehindDoor } from './start-rds-door.ts'
export {
  type Received,
  type Receiver,
  type ReceiverSettings,
  startReceiver,
} from './start-receiver.ts'
export { startTestServers, type TestServers } from './start-test-servers.ts'
export {
  startThrowAwayDatabase,
  startThrowAwayPostgres,
  type ThrowAwayPostgres,
} from './start-throw-away-postgres.ts'
export type { TestEnvironment } from './test-environment.ts'
