import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTestCertificate,
  createTestRedis,
  findFreePort,
  startApp,
  startRdsDoor,
  trustBehindDoor,
} from '@repo/testing'
import { expect, test } from 'vitest'
import { createQuestions } from '../support/questions.ts'
import { request } from '../support/request.ts'
import { environmentOver } from '../support/run-both.ts'
import { startBreakableApi } from './start-breakable-api.ts'

test('the API and the worker log in by tokens of RDS, each of its roles, and start with no password', async () => {
  const [breakable, redis, certificate, folder] = await Promise.all([
    startBreakableApi(),
    createTestRedis(),
    createTestCertificate(),
    mkdtemp(join(tmpdir(), 'rampart-rds-')),
  ])
  const { api, world, postgres } = breakable
  const [question = { path: '' }] = await createQuestions(world)
  const region = 'eu-central-1'
  const access = { accessKeyId: 'AKIDTEST0RAMPART', secretAccessKey: 'x9fQ2Lm31wZ8eKx7kA' }
  const target = { host: '127.0.0.1', port: Number(new URL(postgres.appUrl).port) }
  await trustBehindDoor(postgres.adminUrl)
  const door = await startRdsDoor({ target, certificate, region, access, lifetimeSeconds: 900 })
  await writeFile(join(folder, 'ca.pem'), certificate.cert)
  const urlOf = (role: string, password = '') =>
    `postgresql://rampart_${role}${password}@localhost:${door.port}/rampart?sslmode=verify-full&sslrootcert=${folder}/ca.pem`
  const port = await findFreePort()
  const environment = {
    ...environmentOver(api, redis, port),
    DATABASE_LOGIN: 'rds-iam',
    DATABASE_URL: urlOf('app'),
    DATABASE_PLATFORM_URL: urlOf('platform'),
    DATABASE_WORKER_URL: urlOf('worker'),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
  }
  const [serving, working] = [startApp('api', environment), startApp('worker', environment)]
  await Promise.all([serving.untilReady(), working.untilReady()])
  const { path, ...asked } = question
  expect((await request(`http://127.0.0.1:${port}${path}`, asked)).status).toBe(200)
  const users = new Set(door.taken.map((token) => /DBUser=(\w+)/.exec(token)?.[1]))
  expect([...users].toSorted()).toEqual(['rampart_app', 'rampart_platform', 'rampart_worker'])
  expect(door.refused()).toBe(0)
  for (const { child } of [serving, working]) child.kill('SIGTERM')
  expect(await Promise.all([serving.ended, working.ended])).toEqual([0, 0])

  const wrong = {
    ...environment,
    AWS_REGION: '',
    DATABASE_URL: urlOf('app', ':of-last-year-and-long'),
  }
  const refused = startApp('api', wrong)
  expect(await refused.ended).toBe(1)
  expect(refused.output()).toContain('DATABASE_LOGIN=rds-iam needs one')
  expect(refused.output()).toContain('DATABASE_URL has a password, which DATABASE_LOGIN=rds-iam')
  expect(refused.output()).not.toContain('of-last-year')
  door.close()
  await breakable.close()
  await Promise.all([redis.close(), rm(folder, { recursive: true })])
}, 120_000)
