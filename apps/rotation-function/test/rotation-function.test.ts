import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { startSecretsManager, type TestSecretsManager } from '@repo/config/testing'
import { canLogIn } from '@repo/database'
import { provisionDatabase } from '@repo/database/migrations'
import { startThrowAwayDatabase } from '@repo/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { handler, RotationEvent } from '../src/handler.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
const app = join(import.meta.dirname, '..')
const order = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const
const secretId = 'rampart/database'

let postgres: Awaited<ReturnType<typeof startThrowAwayDatabase>>
let manager: TestSecretsManager
let folder: string
let rotate: typeof handler

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-rotation-'))
  const { scripts } = JSON.parse(await readFile(join(app, 'package.json'), 'utf8'))
  const [bundler = '', ...args] = String(scripts.bundle).split(' ')
  const bundle = join(folder, 'index.mjs')
  const to = args.map((arg) => (arg === 'dist/index.mjs' ? bundle : arg))
  const path = join(app, 'node_modules/.bin', bundler)
  await promisify(execFile)(path, to, { cwd: app })
  // The very file that Lambda runs, alone in its folder.
  rotate = (await import(pathToFileURL(bundle).href)).handler
  ;[postgres, manager] = await Promise.all([
    startThrowAwayDatabase(provisionDatabase),
    startSecretsManager(),
  ])
  for (const [name, value] of Object.entries(manager.environment)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await Promise.all([postgres?.remove(), manager?.close()])
  await rm(folder, { recursive: true })
  expect(manager.problems).toEqual([])
})

const at = (stage?: string) => JSON.parse(manager.read(secretId, stage) ?? '{}')
const step = (Step: string, token: string) =>
  rotate({ SecretId: secretId, ClientRequestToken: token, Step } as RotationEvent)

test('four steps give both roles new passwords, each of them twice as well as once', async () => {
  const { appUrl, workerUrl } = postgres
  manager.put(secretId, JSON.stringify({ app: appUrl, worker: workerUrl, note: 'stays' }))
  const token = randomUUID()
  for (const name of order) {
    await step(name, token)
    await step(name, token)
    // Published with the step in which Postgres takes it, so that nobody is refused between two steps.
    expect(at().app === appUrl).toBe(name === 'createSecret')
  }
  const { app: nextApp, worker: nextWorker, note } = at()
  expect([await canLogIn(nextApp), await canLogIn(nextWorker), note]).toEqual([true, true, 'stays'])
  expect([await canLogIn(appUrl), await canLogIn(workerUrl)]).toEqual([false, false])
  expect(at('AWSPREVIOUS').app).toBe(appUrl)
})

test('a rotation that is not the pending one changes nothing', async () => {
  const before = at()
  const token = randomUUID()
  await step('createSecret', token)
  for (const name of ['setSecret', 'testSecret', 'finishSecret'] as const) {
    await expect(step(name, randomUUID())).rejects.toThrow('is not pending')
  }
  expect(at()).toEqual(before)
  expect(await canLogIn(before.app)).toBe(true)
  // What was begun is carried on.
  for (const name of order) await step(name, token)
  expect([await canLogIn(before.app), await canLogIn(at().app)]).toEqual([false, true])
})

test('what a rotation that was cut off has kept is carried on under the next token', async () => {
  const before = at()
  await step('createSecret', randomUUID())
  const kept = at('AWSPENDING')
  const token = randomUUID()
  for (const name of order) await step(name, token)
  expect(at()).toEqual(kept)
  expect([await canLogIn(before.app), await canLogIn(kept.app)]).toEqual([false, true])
})

test('of two URLs of one role both get the same password', async () => {
  const { app } = at()
  manager.put('rampart/twice', JSON.stringify({ app, pooled: `${app}?connection_limit=3` }))
  const token = randomUUID()
  const event = { SecretId: 'rampart/twice', ClientRequestToken: token }
  for (const name of order) await rotate({ ...event, Step: name })
  const next = JSON.parse(manager.read('rampart/twice') ?? '{}')
  expect(next.pooled).toBe(`${next.app}?connection_limit=3`)
  expect([await canLogIn(app), await canLogIn(next.pooled)]).toEqual([false, true])
  manager.put(secretId, JSON.stringify({ ...at(), app: next.app }))
})

test('a password that Postgres does not have fails the test of it, and is published to nobody', async () => {
  const before = at()
  const token = randomUUID()
  await step('createSecret', token)
  await expect(step('testSecret', token)).rejects.toThrow('does not know the new password')
  expect(at()).toEqual(before)
})

test.each([
  ['no URL', JSON.stringify({ app: 'hunter2' })],
  ['no JSON', 'hunter2'],
])('a secret with %s is refused without being shown', async (_what, text) => {
  manager.put('rampart/other', text)
  const event = { SecretId: 'rampart/other', ClientRequestToken: randomUUID() }
  const failed = await rotate({ ...event, Step: 'createSecret' }).catch((error: unknown) => error)
  expect(String(failed)).toContain('holds no URL of a Postgres')
  expect(String(failed)).not.toContain('hunter2')
  await expect(step('deleteSecret', randomUUID())).rejects.toThrow('There is no step deleteSecret')
})

test('the template lets the function do three things with one secret, and one caller call it', async () => {
  const path = join(app, '../../deploy/aws/rotation-function.template.json')
  const { Resources } = JSON.parse(await readFile(path, 'utf8'))
  const [statement, ...others] = Resources.Role.Properties.Policies[0].PolicyDocument.Statement
  expect(JSON.stringify(others)).toContain('"kms:Decrypt","kms:GenerateDataKey"')
  expect(others).toHaveLength(1)
  expect(statement.Action).toEqual([
    'secretsmanager:GetSecretValue',
    'secretsmanager:PutSecretValue',
    'secretsmanager:UpdateSecretVersionStage',
  ])
  expect(statement.Resource).toEqual({ Ref: 'SecretArn' })
  expect(Resources.Permission.Properties).toMatchObject({
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: { Ref: 'AWS::AccountId' },
  })
  expect(Resources.Function.Properties.Handler).toBe('index.handler')
  expect(Resources.Schedule.Properties.RotationRules.AutomaticallyAfterDays).toEqual({
    Ref: 'RotationDays',
  })
})
