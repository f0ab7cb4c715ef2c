import type { WorkspaceCopy } from '@repo/testing'
import type { Mutation } from './mutation.ts'
import { runTests, type Tests } from './run-tests.ts'
import type { FileReport } from './verdict.ts'

/** Why a mutation's tests are no witnesses: they fail, or do not run, where nothing is wrong. */
export type Unfit = (mutation: Mutation) => string | undefined

/** Runs every test that is to notice something where nothing is wrong; what fails is tried once more, alone. */
export async function checkClean(
  copy: WorkspaceCopy,
  mutations: readonly Mutation[],
): Promise<Unfit> {
  const unfit = new Map<string, string>()
  for (const { titles, tests } of groupTests(mutations)) {
    const failures = await findFailures(copy, { titles, tests })
    const again = [...failures.keys()]
    const still = again.length > 0 ? await findFailures(copy, { titles, tests: again }) : failures
    for (const [file, why] of still) unfit.set(keyOf(file, titles), why)
  }
  return ({ tests, titles }) =>
    tests.map((file) => unfit.get(keyOf(file, titles))).find((why) => why !== undefined)
}

const keyOf = (file: string, titles: string | undefined) => `${file} ${titles ?? ''}`

async function findFailures(
  copy: WorkspaceCopy,
  tests: Tests,
): Promise<ReadonlyMap<string, string>> {
  const report = await runTests(copy, tests)
  const found = new Map<string, string>()
  for (const file of tests.tests) {
    const ran = report?.testResults.find(({ name }) => name === file)
    if (!ran) found.set(file, `${file} did not run`)
    else if (ran.status !== 'passed') found.set(file, whyOf(ran))
  }
  return found
}

function whyOf({ name, message, assertionResults }: FileReport): string {
  const failed = assertionResults.find(({ status }) => status === 'failed')
  return `without it too: ${name} › ${failed?.fullName ?? message.split('\n', 1)[0]}`
}

/** Each file is run once; the parts of a suite that are chosen by titles, once for each choice. */
export function groupTests(mutations: readonly Mutation[]): readonly Tests[] {
  const byTitles = Map.groupBy(mutations, ({ titles }) => titles)
  return [...byTitles].map(([titles, group]) => ({
    titles,
    tests: [...new Set(group.flatMap(({ tests }) => tests))],
  }))
}
