import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
let folder: string
let rules: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-planted-'))
  // The rules of the workspace, for one package instead of all.
  const settings = await readFile(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const own = settings.match(/^(minimumReleaseAge|trustPolicy): .*$/gm) ?? []
  rules = `${own.join('\n')}\nfetchRetries: 0\n`
  await writeFile(join(folder, 'pnpm-workspace.yaml'), rules)
})
afterEach(() => rm(folder, { recursive: true }))

/** `pnpm install` there: its exit code, and what it says. */
async function install(
  dependencies: Readonly<Record<string, string>>,
  ...words: readonly string[]
) {
  const manifest = { name: 'planted', version: '1.0.0', private: true, dependencies }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const args = ['--yes', 'pnpm@12', '--dir', folder, 'install', ...words]
  return promisify(execFile)('npx', args, { cwd: folder }).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error) => ({ code: Number(error.code), said: `${error.stdout}${error.stderr}` }),
  )
}

test('planted: a package whose content is not that of the lockfile is not installed', async () => {
  expect(await install({ picocolors: '1.1.1' }, '--no-frozen-lockfile')).toMatchObject({ code: 0 })
  const path = join(folder, 'pnpm-lock.yaml')
  const lockfile = await readFile(path, 'utf8')
  const other = Buffer.alloc(64, 7).toString('base64')
  await writeFile(path, lockfile.replace(/sha512-[\w+/=]+/, `sha512-${other}`))
  await rm(join(folder, 'node_modules'), { recursive: true })
  const { code, said } = await install({ picocolors: '1.1.1' }, '--frozen-lockfile')
  expect(code).not.toBe(0)
  expect(said).toMatch(/integrity/i)
}, 120_000)

test('planted: a package that runs a script at installation stops it until it is allowed by name', async () => {
  const planted = join(folder, 'planted')
  const ran = join(folder, 'ran')
  await promisify(execFile)('mkdir', [planted])
  const scripts = { postinstall: `node --eval "require('node:fs').writeFileSync('${ran}', '')"` }
  await writeFile(
    join(planted, 'package.json'),
    JSON.stringify({ name: 'hijacked', version: '1.0.0', scripts }),
  )
  await promisify(execFile)('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: planted,
  })
  const dependencies = { hijacked: 'file:./hijacked-1.0.0.tgz' }
  const { code, said } = await install(dependencies, '--no-frozen-lockfile')
  expect(said).toMatch(/hijacked/)
  expect([
    code === 0,
    await readFile(ran).then(
      () => 'ran',
      () => 'did not run',
    ),
  ]).toEqual([false, 'did not run'])
  await writeFile(
    join(folder, 'pnpm-workspace.yaml'),
    `${rules}allowBuilds:\n  'hijacked@file:hijacked-1.0.0.tgz': true\n`,
  )
  expect(await install(dependencies, '--no-frozen-lockfile')).toMatchObject({ code: 0 })
  expect(
    await readFile(ran).then(
      () => 'ran',
      () => 'did not run',
    ),
  ).toBe('ran')
}, 120_000)

test('planted: a lockfile with a release that is younger than it may be is refused', async () => {
  expect(await install({ picocolors: '1.1.1' }, '--no-frozen-lockfile')).toMatchObject({ code: 0 })
  const settings = join(folder, 'pnpm-workspace.yaml')
  const text = await readFile(settings, 'utf8')
  // Older than anything there is.
  await writeFile(settings, text.replace(/minimumReleaseAge: \d+/, 'minimumReleaseAge: 52560000'))
  await rm(join(folder, 'node_modules'), { recursive: true })
  const { code, said } = await install({ picocolors: '1.1.1' }, '--frozen-lockfile')
  expect([code === 0, said]).toEqual([false, expect.stringContaining('minimumReleaseAge')])
}, 120_000)
