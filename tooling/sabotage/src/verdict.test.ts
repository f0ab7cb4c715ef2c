import { expect, it } from 'vitest'
import { type Report, readVerdict } from './verdict.ts'

const passed = { status: 'passed', fullName: 'keeps the door shut' }
const failed = { status: 'failed', fullName: 'keeps strangers out' }
const skipped = { status: 'skipped', fullName: 'keeps the door shut' }
const file = { name: 'a.test.ts', status: 'failed', message: '', assertionResults: [passed] }
const report = (part: Partial<typeof file>): Report => ({ testResults: [{ ...file, ...part }] })
const unset = { message: 'Error: The router is not safe\n  to serve', assertionResults: [skipped] }
const refusal = 'The router is not safe'

it.each([
  ['a failed test', report({ assertionResults: [passed, failed] }), undefined, 'caught'],
  ['a refusal at start, in its words', report(unset), refusal, 'caught'],
  ['a refusal at start that is not expected', report(unset), undefined, 'broken'],
  ['another failure at start', report({ ...unset, message: 'SyntaxError' }), refusal, 'broken'],
  ['tests that all pass', report({ status: 'passed' }), undefined, 'survived'],
  [
    'no test that was run',
    report({ status: 'passed', assertionResults: [skipped] }),
    undefined,
    'broken',
  ],
  ['no file at all', { testResults: [] }, undefined, 'broken'],
  ['no report', null, undefined, 'broken'],
] as const)('%s is %4$s', (_name, given, words, kind) => {
  expect(readVerdict(given, words).kind).toBe(kind)
})

it('names the first test that failed, and the refusal', () => {
  expect(readVerdict(report({ assertionResults: [passed, failed] }), undefined)).toEqual({
    kind: 'caught',
    by: 'a.test.ts › keeps strangers out',
  })
  expect(readVerdict(report(unset), refusal)).toMatchObject({
    by: expect.stringContaining(refusal),
  })
  expect(readVerdict(report(unset), undefined)).toMatchObject({
    why: 'Error: The router is not safe',
  })
})
