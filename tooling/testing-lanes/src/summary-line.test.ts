import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const vitestFolder = dirname(createRequire(import.meta.url).resolve('vitest/package.json'))
const reporter = new URL('./summary-line.ts', import.meta.url).href
const config = `import { summaryLine } from '${reporter}'
export default { test: { globals: true, reporters: ['default', summaryLine()] } }`
const passing = `test('passes', () => {})`
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'summary-line-'))
  await writeFile(join(folder, 'vitest.config.mjs'), config)
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function runVitest(source: string) {
  await writeFile(join(folder, 'a.test.mjs'), source)
  const args = [join(vitestFolder, 'vitest.mjs'), 'run', '--root', folder]
  return new Promise<{ lastLine: string | undefined; isFailure: boolean }>((resolve) => {
    execFile(process.execPath, args, (error, stdout) =>
      resolve({ lastLine: stdout.trimEnd().split('\n').at(-1), isFailure: error !== null }),
    )
  })
}

test.each([
  ['a passed test', passing, '1 passed, 0 failed'],
  ['a skipped test', `${passing}; test.skip('skipped', () => {})`, '1 passed, 0 failed'],
  ['a failed test', `${passing}; test('fails', () => { throw 1 })`, '1 passed, 1 failed'],
  ['a file that does not load', `${passing}; throw new Error('no')`, '0 passed, 1 failed'],
  [
    'a suite that cannot be set up',
    `${passing}; describe('s', () => { beforeAll(() => { throw 1 }); test('t', () => {}) })`,
    '1 passed, 1 failed',
  ],
  [
    'an unhandled rejection',
    `test('passes', async () => { Promise.reject(new Error('lost')); await new Promise(setImmediate) })`,
    '1 passed, 1 failed',
  ],
  ['a file without a test', '', '0 passed, 1 failed'],
])('the last line counts %s', async (_name, source, expected) => {
  const { lastLine, isFailure } = await runVitest(source)
  expect(lastLine).toBe(expected)
  expect(isFailure).toBe(!expected.endsWith(' 0 failed'))
})
