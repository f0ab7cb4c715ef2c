import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findBreakingSteps } from './find-breaking-steps.ts'

const folder = join(import.meta.dirname, '../../../packages/database/prisma/migrations')
/** Nobody runs a version of before the first release. */
const firstRelease = '20261128100000_rotating_keys'
const names = readdirSync(folder, { withFileTypes: true })
  .filter((each) => each.isDirectory())
  .map(({ name }) => name)
const read = (name: string) => readFileSync(join(folder, name, 'migration.sql'), 'utf8')

test('every migration since the first release leaves the running version alone, or says why not', async () => {
  expect(names).toContain(firstRelease)
  const later = names.filter((name) => name > firstRelease)
  const found = await Promise.all(
    later.map(async (name) =>
      (await findBreakingSteps(read(name))).map((each) => `${name}, ${each}`),
    ),
  )
  expect(found.flat()).toEqual([])
})

test('the parser reads every migration that there is, and finds what those before the release did', async () => {
  const found = new Map<string, readonly string[]>()
  for (const name of names) found.set(name, await findBreakingSteps(read(name)))
  expect(found.get(firstRelease)?.join('\n')).toContain('renames a column')
})
