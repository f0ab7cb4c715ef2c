import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { offlineAdapter } from './offline-adapter.ts'
import { withSchemaEngine } from './schema-engine.ts'

const require = createRequire(import.meta.url)
const engineFolder = dirname(require.resolve('@prisma/schema-engine-wasm'))

// The canary for the engine's pin: the commit behind the version of Prisma that is installed.
test('the engine is the one of the installed Prisma', () => {
  const { version } = require(join(engineFolder, 'package.json'))
  const prisma = require('prisma/package.json')
  const fromPrisma = createRequire(require.resolve('prisma/package.json'))
  const fromEngines = createRequire(fromPrisma.resolve('@prisma/engines/package.json'))
  expect(version).toBe(fromEngines('@prisma/engines-version/package.json').version)
  expect(version.startsWith(`${prisma.version}-`)).toBe(true)
})

// The canary for what schema-engine.ts loads by hand.
test('the package still has the parts that are put together by hand', async () => {
  const module = await import(join(engineFolder, 'schema_engine_bg.js'))
  expect(module).toHaveProperty('__wbg_set_wasm', expect.any(Function))
  expect(module).toHaveProperty('SchemaEngine.new', expect.any(Function))
})

test('an engine answers, more than one at a time', async () => {
  const version = () => withSchemaEngine(offlineAdapter, (engine) => engine.version())
  expect(await Promise.all([version(), version()])).toEqual([
    expect.stringContaining('PostgreSQL'),
    expect.stringContaining('PostgreSQL'),
  ])
})

test('what the task throws comes through', async () => {
  const task = async () => {
    throw new Error('from the task')
  }
  await expect(withSchemaEngine(offlineAdapter, task)).rejects.toThrow('from the task')
})
