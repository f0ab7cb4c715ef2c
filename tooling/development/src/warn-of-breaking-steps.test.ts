import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { warnOfBreakingSteps } from './warn-of-breaking-steps.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-steps-'))
})
afterEach(() => rm(folder, { recursive: true }))

test.each([
  [
    'ALTER TABLE "orders" DROP COLUMN "note";',
    ['  line 1: drops a column: say with "-- contract: …" above it since when nobody uses it'],
  ],
  ['ALTER TABLE "orders" ADD COLUMN "note" text;', []],
])('of %s it says %j', async (sql, lines) => {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
  await writeFile(join(folder, 'migration.sql'), sql)
  await warnOfBreakingSteps(join(folder, 'migration.sql'))
  expect(printed.mock.calls.flat()).toEqual(lines)
  printed.mockRestore()
})
