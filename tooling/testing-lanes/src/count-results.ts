import type { SerializedError } from 'vitest'
import type { TestModule, TestSuite } from 'vitest/node'

export interface ResultCounts {
  readonly passed: number
  readonly failed: number
}

/** What counts as failed: a test, a file or suite that could not be set up or torn down, an unhandled error. */
export function countResults(
  modules: readonly TestModule[],
  unhandledErrors: readonly SerializedError[],
): ResultCounts {
  const count = (state: 'failed' | 'passed') => sum(modules, (file) => countTests(file, state))
  const failed = count('failed') + sum(modules, countOwnErrors) + unhandledErrors.length
  return { passed: count('passed'), failed }
}

function countTests(file: TestModule, state: 'failed' | 'passed'): number {
  return [...file.children.allTests(state)].length
}

function countOwnErrors(file: TestModule): number {
  const holders: (TestModule | TestSuite)[] = [file, ...file.children.allSuites()]
  return holders.filter((holder) => holder.errors().length > 0).length
}

function sum<Item>(items: readonly Item[], measure: (item: Item) => number): number {
  return items.reduce((total, item) => total + measure(item), 0)
}
