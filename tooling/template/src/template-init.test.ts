import { execFile } from 'node:child_process'
import { cp, lstat, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { current } from './names.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')
const names = ['--scope', 'acme-inc', '--slug', 'acme', '--title', 'Acme Cloud']
const patience = 300_000

let folder: string
const git = (...words: readonly string[]) =>
  run('git', ['-c', 'user.name=Nora', '-c', 'user.email=nora@acme.test', ...words], {
    cwd: folder,
    maxBuffer: 2 ** 26,
  })
// Of this run there is nothing but where programs are: what it was given would be the copy's, too.
const { PATH, HOME } = process.env
const pnpm = (...words: readonly string[]) =>
  run('npx', ['--yes', 'pnpm@12', ...words], {
    cwd: folder,
    maxBuffer: 2 ** 26,
    env: { PATH, HOME, TEST_BACKEND: 'embedded' },
  }).catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${error.stdout}\n${error.stderr}`.slice(-4_000))
  })
const init = (...words: readonly string[]) => pnpm('template:init', ...words)

/** A clone, of what is here now. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acme-'))
  const { stdout } = await run(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, maxBuffer: 2 ** 26 },
  )
  for (const path of stdout.split('\0').filter(Boolean)) {
    const isThere = await lstat(join(root, path)).catch(() => null)
    if (isThere) await cp(join(root, path), join(folder, path))
  }
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'the template')
  await pnpm('install', '--frozen-lockfile', '--prefer-offline')
}, patience)

afterAll(() => rm(folder, { recursive: true, force: true }))

test(
  'without names that are fit, or over work that is not committed, nothing is touched',
  async () => {
    await expect(init('--scope', 'acme')).rejects.toThrow('--slug is one word')
    await writeFile(join(folder, 'notes.md'), 'mine\n')
    await expect(init(...names)).rejects.toThrow('not committed')
    await rm(join(folder, 'notes.md'))
    expect((await git('status', '--porcelain')).stdout).toBe('')
  },
  patience,
)

test(
  'a clone is renamed in one go, is checked, and serves its tests',
  async () => {
    await init(...names)
    const words = `${current.slug}|@${current.scope}/`
    const { stdout: left } = await git(
      'grep',
      '--ignore-case',
      '--files-with-matches',
      '--extended-regexp',
      words,
      '--',
      ':!LICENSE',
      ':!template.json',
    ).catch(({ stdout }: { stdout: string }) => ({ stdout }))
    expect(left.split('\n').filter(Boolean)).toEqual([])
    const made = JSON.parse(await readFile(join(folder, 'template.json'), 'utf8'))
    expect(made).toMatchObject({
      template: current,
      scope: 'acme-inc',
      slug: 'acme',
      title: 'Acme Cloud',
    })
    expect(await readFile(join(folder, 'LICENSE'), 'utf8')).toBe(
      await readFile(join(root, 'LICENSE'), 'utf8'),
    )
    await pnpm('check')
    const parts = [
      'packages/rbac',
      'packages/auth/src/password-policy',
      'packages/database/src/grants',
      'apps/api/test/flows/rest',
      'apps/api/test/security/security-map',
      'tooling/sabotage',
    ]
    const { stdout: tested } = await pnpm('test', ...parts)
    expect(tested.trim().split('\n').at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/)
  },
  patience,
)

test(
  'a second time it is refused',
  async () => {
    await git('add', '--all')
    await git('commit', '--quiet', '--message', 'our names')
    await expect(init(...names)).rejects.toThrow('has its names already')
  },
  patience,
)
