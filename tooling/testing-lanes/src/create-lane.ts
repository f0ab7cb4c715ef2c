import { fileURLToPath } from 'node:url'
import { type BackendEnvironment, chooseTestBackend } from '@repo/testing'
import { defaultExclude, type ViteUserConfig } from 'vitest/config'
import { findChromium } from './find-chromium.ts'
import { findClamd } from './find-clamd.ts'
import { findRedisServer } from './find-redis-server.ts'
import { summaryLine } from './summary-line.ts'

const testFiles = [
  'packages/*/src/**/*.test.ts',
  'apps/*/{src,test}/**/*.test.ts',
  'tooling/*/src/**/*.test.ts',
]
// What takes its own time or its own programs: `pnpm test:faults`, `pnpm test:conformance`.
const ownLanes = ['faults', 'conformance']
const containersOnly = '**/*.containers.test.ts'
const browserOnly = '**/*.browser.test.ts'
const clamdOnly = '**/*.clamd.test.ts'
const redisServerOnly = '**/*.redis-server.test.ts'

interface LaneEnvironment extends BackendEnvironment {
  readonly CHROMIUM?: string | undefined
  readonly REQUIRE_CHROMIUM?: string | undefined
  readonly CLAMD?: string | undefined
  readonly REQUIRE_CLAMD?: string | undefined
  readonly REDIS_SERVER?: string | undefined
  readonly REQUIRE_REDIS_SERVER?: string | undefined
  readonly CI?: string | undefined
  /** `faults` or `conformance` runs those files alone; they are left out otherwise. */
  readonly LANE?: string | undefined
}

interface LaneOptions {
  readonly chromium?: string | null
  readonly clamd?: string | null
  readonly redisServer?: string | null
  readonly announce?: (line: string) => void
}

/**
 * How vitest runs the whole workspace. The files for containers only run where there are containers, those
 * for a browser, for clamd or for a Redis server of their own where there is one; under CI, REQUIRE_CHROMIUM,
 * REQUIRE_CLAMD or REQUIRE_REDIS_SERVER they run, and fail, without one too.
 */
export async function createLane(
  environment: LaneEnvironment,
  options: LaneOptions = {},
): Promise<NonNullable<ViteUserConfig['test']>> {
  const { chromium = findChromium(environment), clamd = findClamd(environment) } = options
  const { announce = console.log, redisServer = findRedisServer(environment) } = options
  const backend = await chooseTestBackend(environment)
  const lane = ownLanes.find((name) => name === environment.LANE)
  const leavesOutBrowser = !(chromium || environment.CI || environment.REQUIRE_CHROMIUM)
  if (leavesOutBrowser) announce('No Chromium: the browser tests are left out.')
  const leavesOutClamd = !(clamd || environment.CI || environment.REQUIRE_CLAMD)
  if (leavesOutClamd) announce('No clamd: the tests of the real scanner are left out.')
  const leavesOutRedis = !(redisServer || environment.CI || environment.REQUIRE_REDIS_SERVER)
  if (leavesOutRedis) announce('No redis-server: the tests that start one are left out.')
  return {
    include: lane ? [filesOf(lane)] : testFiles,
    exclude: [
      ...defaultExclude,
      ...ownLanes.filter((name) => name !== lane).map(filesOf),
      ...(backend === 'containers' ? [] : [containersOnly]),
      ...(leavesOutBrowser ? [browserOnly] : []),
      ...(leavesOutClamd ? [clamdOnly] : []),
      ...(leavesOutRedis ? [redisServerOnly] : []),
    ],
    globalSetup: fileURLToPath(new URL('./global-setup.ts', import.meta.url)),
    reporters: ['default', summaryLine()],
    env: {
      NODE_ENV: 'test',
      TEST_BACKEND: backend,
      CHROMIUM: chromium ?? '',
      CLAMD: clamd ?? '',
      REDIS_SERVER: redisServer ?? '',
    },
    pool: 'forks',
    // Load is measured alone.
    maxWorkers: lane ? 1 : 2,
    // A flood is measured in seconds, and a machine may stall for some: what is switched off fails each time.
    retry: lane === 'faults' ? 2 : 0,
    // Conditions are waited for, not times: a slow machine takes longer, and fails nothing.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
  }
}

const filesOf = (lane: string) => `apps/*/test/**/*.${lane}.test.ts`
