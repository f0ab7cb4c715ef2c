import { copyWorkspace, type WorkspaceCopy } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// pnpm new:router done twice in a copy of the workspace, and what it wrote put to the tests.
let copy: WorkspaceCopy

beforeAll(async () => {
  copy = await copyWorkspace()
  for (const name of ['invoices', 'line-items']) {
    const made = await newRouter(name)
    expect(made.exitCode, made.output).toBe(0)
  }
}, 300_000)

afterAll(() => copy?.remove())

const newRouter = (...words: string[]) =>
  copy.run('.', 'tooling/development/src/new-router.ts', ...words)
const vitest = (...words: string[]) =>
  copy.run('.', 'node_modules/vitest/vitest.mjs', 'run', ...words)

const passed = (output: string) => Number(/(\d+) passed, 0 failed/.exec(output)?.[1])

describe('two routers that pnpm new:router wrote', { timeout: 300_000 }, () => {
  it.each(['packages/ownership', 'packages/rbac', 'apps/api'])('compile in %s', async (folder) => {
    const { exitCode, output } = await copy.run(
      folder,
      'node_modules/typescript/bin/tsc',
      '--noEmit',
    )
    expect(exitCode, output).toBe(0)
  })

  it.each([
    ['lint and format', 'node_modules/@biomejs/biome/bin/biome', 'check', 'apps', 'packages'],
    ['generated documents', 'apps/api/generate-docs.ts', '--check'],
  ])('pass the check of %s', async (_name, script, ...words) => {
    const { exitCode, output } = await copy.run('.', script, ...words)
    expect(exitCode, output).toBe(0)
  })

  it('pass the walking suites, their flow tests and the checks of the database', async () => {
    const suites = ['access-matrix', 'cross-tenant', 'unknown-fields', 'mass-assignment']
    const walking = suites.map((suite) => `apps/api/test/security/${suite}.test.ts`)
    const walked = await vitest(...walking, '-t', 'lineItems|sample')
    expect(walked.exitCode, walked.output).toBe(0)
    // By REST and tRPC, as every kind of caller.
    expect(passed(walked.output)).toBeGreaterThan(100)
    const flows = ['invoices', 'line-items'].map((name) => `apps/api/test/flows/${name}.test.ts`)
    const database = ['privileges', 'write-next-migration'].map(
      (name) => `packages/database/src/${name}.test.ts`,
    )
    const run = await vitest(...flows, ...database)
    expect(run.exitCode, run.output).toBe(0)
    expect(passed(run.output)).toBeGreaterThan(40)
  })
})

describe('a refusal', () => {
  it.each([
    ['no name', [], 'needs a name'],
    ['a name that is taken', ['invoices'], 'is there already'],
    ['two names', ['notes', 'tags'], 'One name at a time'],
    ['an option that there is not', ['notes', '--force'], '--force'],
  ])('of %s writes nothing', async (_name, words, message) => {
    const file = 'packages/database/prisma/schema.prisma'
    const before = await copy.read(file)
    const { exitCode, output } = await newRouter(...words)
    expect(exitCode).toBe(1)
    expect(output).toContain(message)
    expect(await copy.read(file)).toBe(before)
    await expect(copy.read('apps/api/src/routers/notes.ts')).rejects.toThrow('ENOENT')
  })

  it('comes before anything is written where the schema is ahead of its migrations', async () => {
    const file = 'packages/database/prisma/schema.prisma'
    const schema = await copy.read(file)
    await copy.write(file, `${schema}\n// Not migrated.\n`)
    const { exitCode, output } = await newRouter('notes')
    await copy.write(file, schema)
    expect(exitCode).toBe(1)
    expect(output).toContain('pnpm db:diff NAME')
    await expect(copy.read('apps/api/src/routers/notes.ts')).rejects.toThrow('ENOENT')
  })
})
