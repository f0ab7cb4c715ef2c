import { fileURLToPath } from 'node:url'
import { type BackendEnvironment, chooseTestBackend } from '@repo/testing'
import { defaultExclude, type ViteUserConfig } from 'vitest/config'
import { summaryLine } from './summary-line.ts'

const testFiles = [
  'packages/*/src/**/*.test.ts',
  'apps/*/{src,test}/**/*.test.ts',
  'tooling/*/src/**/*.test.ts',
]
const containersOnly = '**/*.containers.test.ts'

/** How vitest runs the whole workspace; the files for containers only run where there are containers. */
export async function createLane(
  environment: BackendEnvironment,
): Promise<NonNullable<ViteUserConfig['test']>> {
  const backend = await chooseTestBackend(environment)
  return {
    include: testFiles,
    exclude: backend === 'containers' ? defaultExclude : [...defaultExclude, containersOnly],
    globalSetup: fileURLToPath(new URL('./global-setup.ts', import.meta.url)),
    reporters: ['default', summaryLine()],
    env: { NODE_ENV: 'test', TEST_BACKEND: backend },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  }
}
