import { fileURLToPath } from 'node:url'
import { type BackendEnvironment, chooseTestBackend } from '@repo/testing'
import { defaultExclude, type ViteUserConfig } from 'vitest/config'
import { findChromium } from './find-chromium.ts'
import { summaryLine } from './summary-line.ts'

const testFiles = [
  'packages/*/src/**/*.test.ts',
  'apps/*/{src,test}/**/*.test.ts',
  'tooling/*/src/**/*.test.ts',
]
const containersOnly = '**/*.containers.test.ts'
const browserOnly = '**/*.browser.test.ts'

interface LaneEnvironment extends BackendEnvironment {
  readonly CHROMIUM?: string | undefined
  readonly REQUIRE_CHROMIUM?: string | undefined
  readonly CI?: string | undefined
}

interface LaneOptions {
  readonly chromium?: string | null
  readonly announce?: (line: string) => void
}

/**
 * How vitest runs the whole workspace. The files for containers only run where there are containers, those
 * for a browser where there is one; under CI or REQUIRE_CHROMIUM they run, and fail, without one too.
 */
export async function createLane(
  environment: LaneEnvironment,
  { chromium = findChromium(environment), announce = console.log }: LaneOptions = {},
): Promise<NonNullable<ViteUserConfig['test']>> {
  const backend = await chooseTestBackend(environment)
  const leavesOutBrowser = !(chromium || environment.CI || environment.REQUIRE_CHROMIUM)
  if (leavesOutBrowser) announce('No Chromium: the browser tests are left out.')
  return {
    include: testFiles,
    exclude: [
      ...defaultExclude,
      ...(backend === 'containers' ? [] : [containersOnly]),
      ...(leavesOutBrowser ? [browserOnly] : []),
    ],
    globalSetup: fileURLToPath(new URL('./global-setup.ts', import.meta.url)),
    reporters: ['default', summaryLine()],
    env: { NODE_ENV: 'test', TEST_BACKEND: backend, CHROMIUM: chromium ?? '' },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  }
}
