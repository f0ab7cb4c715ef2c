import type { WorkspaceCopy } from '@repo/testing'
import type { Report } from './verdict.ts'

export interface Tests {
  readonly tests: readonly string[]
  readonly titles?: string | undefined
}

const reportFile = 'sabotage-report.json'

/** Runs files of tests in a copy of the workspace; null where the run ended before any of them. */
export async function runTests(
  copy: WorkspaceCopy,
  { tests, titles }: Tests,
  options: readonly string[] = [],
): Promise<Report | null> {
  await copy.write(reportFile, 'null')
  const report = ['--reporter=json', `--outputFile=${reportFile}`]
  const chosen = titles === undefined ? [] : ['-t', titles]
  await copy.run(
    '.',
    'node_modules/vitest/vitest.mjs',
    'run',
    ...tests,
    ...chosen,
    ...report,
    ...options,
  )
  return readReport(await copy.read(reportFile))
}

/** The report, with each file's name as it is in the workspace. */
function readReport(text: string): Report | null {
  // Parse boundary: vitest's own report.
  const report = JSON.parse(text) as Report | null
  if (!report) return null
  const relative = (name: string) => name.replace(/^.*?(?=(?:apps|packages|tooling)\/)/, '')
  return {
    testResults: report.testResults.map((file) => ({ ...file, name: relative(file.name) })),
  }
}
