import { fileURLToPath } from 'node:url'
import { type BackendEnvironment, chooseTestBackend } from '@repo/testing'
import { defaultExclude, type ViteUserConfig } from 'vitest/config'
import { findChromium } from './find-chromium.ts'
import { findClamd } from './find-clamd.ts'
import { findKubectl } from './find-kubectl.ts'
import { findPgbouncer } from './find-pgbouncer.ts'
import { findPromtool } from './find-promtool.ts'
import { findRedisServer } from './find-redis-server.ts'
import { summaryLine } from './summary-line.ts'

const testFiles = [
  'packages/*/src/**/*.test.ts',
  'apps/*/{src,test}/**/*.test.ts',
  'tooling/*/src/**/*.test.ts',
]
// What takes its own time or its own programs: `pnpm test:faults`, `pnpm test:conformance`, `pnpm test:delivery`.
const ownLanes = ['faults', 'conformance', 'delivery']
// `pnpm test:pooler`: the tests of security again, by way of a pgbouncer in transaction mode.
const pooledFiles = 'apps/api/test/security/**/*.test.ts'
const containersOnly = '**/*.containers.test.ts'

/** What some tests need of the machine, as `NAME=path` or in a usual place. */
const programs = [
  ['CHROMIUM', 'browser', findChromium, 'No Chromium: the browser tests are left out.'],
  ['CLAMD', 'clamd', findClamd, 'No clamd: the tests of the real scanner are left out.'],
  [
    'REDIS_SERVER',
    'redis-server',
    findRedisServer,
    'No redis-server: the tests that start one are left out.',
  ],
  [
    'PROMTOOL',
    'promtool',
    findPromtool,
    'No promtool: the tests of rules for Prometheus are left out.',
  ],
  ['PGBOUNCER', 'pgbouncer', findPgbouncer, 'No pgbouncer: the tests of a pooler are left out.'],
  ['KUBECTL', 'kubectl', findKubectl, 'No kubectl: the tests of deploy/kubernetes are left out.'],
] as const

/** Each of them, with the path of the one that is used, or what is left out without it. */
export const listPrograms = (environment: LaneEnvironment) =>
  programs.map(([name, , find, leftOut]) => ({ name, path: find(environment), leftOut }))

type ProgramName = (typeof programs)[number][0]

type ProgramVariable = ProgramName | `REQUIRE_${ProgramName}`

interface LaneEnvironment
  extends BackendEnvironment,
    Partial<Readonly<Record<ProgramVariable, string | undefined>>> {
  readonly CI?: string | undefined
  /** `faults`, `conformance` or `delivery` runs those files alone, which are left out otherwise; `pooler` those of security. */
  readonly LANE?: string | undefined
}

interface LaneOptions {
  /** In the place of those that are found. */
  readonly programs?: Readonly<Partial<Record<ProgramName, string | null>>>
  readonly announce?: (line: string) => void
}

/**
 * How vitest runs the whole workspace. The files for containers only run where there are containers, and those for a
 * program of the machine's (a browser, clamd, a Redis server, promtool, pgbouncer, kubectl) where there is one; under CI, or with
 * REQUIRE_CHROMIUM and the like, they run, and fail, without one too.
 */
export async function createLane(
  environment: LaneEnvironment,
  options: LaneOptions = {},
): Promise<NonNullable<ViteUserConfig['test']>> {
  const { announce = console.log } = options
  const backend = await chooseTestBackend(environment)
  const lane = ownLanes.find((name) => name === environment.LANE)
  const needed = programs.map(([name, files, find, leftOut]) => {
    const path = options.programs?.[name] === undefined ? find(environment) : options.programs[name]
    const isLeftOut = !(path || environment.CI || environment[`REQUIRE_${name}`])
    if (isLeftOut) announce(leftOut)
    return { name, path: path ?? '', leftOut: isLeftOut ? [`**/*.${files}.test.ts`] : [] }
  })
  return {
    include: includedBy(environment.LANE) ?? testFiles,
    exclude: [
      ...defaultExclude,
      ...ownLanes.filter((name) => name !== lane).map(filesOf),
      ...(backend === 'containers' ? [] : [containersOnly]),
      ...needed.flatMap(({ leftOut }) => leftOut),
    ],
    globalSetup: fileURLToPath(new URL('./global-setup.ts', import.meta.url)),
    reporters: ['default', summaryLine()],
    env: {
      NODE_ENV: 'test',
      TEST_BACKEND: backend,
      ...Object.fromEntries(needed.map(({ name, path }) => [name, path])),
    },
    pool: 'forks',
    // Load is measured alone.
    maxWorkers: lane ? 1 : 2,
    // A flood is measured in seconds, and a machine may stall for some: what is switched off fails each time.
    retry: lane === 'faults' || lane === 'delivery' ? 2 : 0,
    // Conditions are waited for, not times: a slow machine takes longer, and fails nothing.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
  }
}

function includedBy(lane: string | undefined): string[] | undefined {
  if (lane === 'pooler') return [pooledFiles]
  return lane !== undefined && ownLanes.includes(lane) ? [filesOf(lane)] : undefined
}

const filesOf = (lane: string) => `apps/*/test/**/*.${lane}.test.ts`
