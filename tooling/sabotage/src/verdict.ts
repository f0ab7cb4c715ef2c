/** What a run of tests says of a mutation: noticed, by whom; not noticed; or no answer, since the code did not run. */
export type Verdict =
  | { readonly kind: 'caught'; readonly by: string }
  | { readonly kind: 'survived' }
  | { readonly kind: 'broken'; readonly why: string }

/** What is read of the report that `vitest --reporter=json` writes. */
export interface Report {
  readonly testResults: readonly FileReport[]
}

export interface FileReport {
  readonly name: string
  readonly status: string
  /** Why the file, or a hook of it, failed outside of its tests. */
  readonly message: string
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
}

/**
 * A failed test has noticed. A file that failed outside of its tests has noticed only by the words of a start-up
 * check; anything else there is broken code, which no attacker would bring.
 */
export function readVerdict(report: Report | null, refusal: string | undefined): Verdict {
  if (!report) return { kind: 'broken', why: 'the servers of the tests did not start' }
  const files = report.testResults
  for (const { name, assertionResults } of files) {
    const failed = assertionResults.find(({ status }) => status === 'failed')
    if (failed) return { kind: 'caught', by: `${name} › ${failed.fullName}` }
  }
  const unset = files.find(({ status }) => status === 'failed')
  if (unset && refusal !== undefined && unset.message.includes(refusal)) {
    return { kind: 'caught', by: `${unset.name} › refused at start: ${refusal}` }
  }
  if (unset) return { kind: 'broken', why: firstLine(unset.message) }
  const passed = files.flatMap((file) => file.assertionResults).some(isPassed)
  return passed ? { kind: 'survived' } : { kind: 'broken', why: 'no test was run' }
}

const isPassed = ({ status }: { readonly status: string }) => status === 'passed'

const firstLine = (text: string) => text.split('\n', 1)[0] ?? ''
