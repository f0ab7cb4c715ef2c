import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNode } from '@repo/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'

// Put together here, so that it is none in this file.
const secret = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_')
const password = ['hun', 'ter2-of-production'].join('')
const script = join(import.meta.dirname, 'scan.ts')
let root: string

const git = (...args: readonly string[]) =>
  execFileSync(
    'git',
    ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args],
    { stdio: 'pipe' },
  )

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rampart-scan-'))
  git('init', '--quiet')
  await writeFile(join(root, 'README.md'), 'postgresql://app:of-a-sample@db.test/rampart\n')
  git('add', '.')
  git('commit', '--quiet', '--message', 'first')
})
afterEach(() => rm(root, { recursive: true }))

async function scan(folder = root) {
  const { ended, output } = startNode([script, '--root', folder], {})
  return { code: await ended, said: output() }
}

test('a repository of samples alone is clean', async () => {
  expect(await scan()).toEqual({ code: 0, said: '2 texts, 0 secrets.\n' })
})

test('a secret is found before it is committed, by its place and never by its value', async () => {
  await writeFile(join(root, 'notes.txt'), `\ntoken: ${secret}\n`)
  const { code, said } = await scan()
  expect(code).toBe(1)
  expect(said).toContain('notes.txt:2: github')
  expect(said).not.toContain(secret)
})

test('one that was deleted again is found in the history', async () => {
  await writeFile(join(root, 'env.ts'), `export const key = '${secret}'\n`)
  git('add', '.')
  git('commit', '--quiet', '--message', 'oops')
  git('rm', '--quiet', 'env.ts')
  git('commit', '--quiet', '--message', 'nothing to see')
  const { code, said } = await scan()
  expect(code).toBe(1)
  expect(said).toMatch(/^env\.ts:1 of the blob [0-9a-f]{40}: github/)
})

test('a log-in to a host that somebody owns is no sample', async () => {
  await writeFile(join(root, 'a.ts'), `'postgresql://app:${password}@db.acme.com/rampart'`)
  expect((await scan()).said).toContain('a.ts:1: database-connection-string')
})

test('what is ignored is not looked at, and what is no text neither', async () => {
  await writeFile(join(root, '.gitignore'), '.env\n')
  await writeFile(join(root, '.env'), secret)
  await writeFile(join(root, 'image.bin'), `\0${secret}`)
  expect(await scan()).toMatchObject({ code: 0 })
})

test('a folder that git does not know is told, and is no success', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rampart-scan-'))
  const { code, said } = await scan(folder)
  expect([code, said]).toEqual([1, expect.stringContaining('Nothing was scanned: git ls-files')])
  await rm(folder, { recursive: true })
})
