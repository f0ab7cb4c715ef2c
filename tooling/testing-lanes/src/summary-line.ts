import { writeSync } from 'node:fs'
import type { Reporter } from 'vitest/node'
import { countResults, type ResultCounts } from './count-results.ts'

const standardOutput = 1

/** Ends standard output with `N passed, N failed`; a run that fails otherwise counts as one failure. */
export function summaryLine(): Reporter {
  let counts: ResultCounts = { passed: 0, failed: 0 }
  // At exit, since the servers' teardown comes after the last test.
  process.once('exit', (exitCode) => {
    const failed = exitCode === 0 ? counts.failed : Math.max(counts.failed, 1)
    writeSync(standardOutput, `${counts.passed} passed, ${failed} failed\n`)
  })
  return {
    onTestRunEnd(modules, unhandledErrors) {
      counts = countResults(modules, unhandledErrors)
    },
  }
}
