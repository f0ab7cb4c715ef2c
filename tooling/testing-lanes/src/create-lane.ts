import { fileURLToPath } from 'node:url'
import { type BackendEnvironment, chooseTestBackend } from '@repo/testing'
import { defaultExclude, type ViteUserConfig } from 'vitest/config'
import { findProgram, type ProgramName, programNames, programs } from './programs.ts'
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
  const needed = programNames.map((name) => {
    const { files, leftOut } = programs[name]
    const given = options.programs?.[name]
    const path = given === undefined ? findProgram(name, environment) : given
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
