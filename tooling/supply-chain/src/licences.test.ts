import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { allowedLicences, exceptions, readByHand } from './allowed-licences.ts'
import { findLicenceProblems } from './find-licence-problems.ts'
import { listPackages } from './list-packages.ts'

const root = join(import.meta.dirname, '../../..')
const packageOf = (licence: string) => ({ name: 'left-pad', version: '1.0.0', licence })

test('every package that is installed is under a licence of the list', async () => {
  const packages = await listPackages(root)
  expect(packages.length).toBeGreaterThan(500)
  expect(packages.map(({ name }) => name)).toContain('fastify')
  expect(findLicenceProblems(packages)).toEqual([])
})

test.each(['MIT', '(MIT OR GPL-3.0-only)', 'MIT AND Apache-2.0', 'Apache-2.0 OR BSD-3-Clause'])(
  '%s may come in',
  (licence) => {
    expect(findLicenceProblems([packageOf(licence)])).toEqual([])
  },
)

test.each([
  'GPL-3.0-only',
  'AGPL-3.0-or-later',
  'MIT AND GPL-2.0-only',
  'SEE LICENSE IN X',
  'UNLICENSED',
  'BUSL-1.1',
  '',
])('planted: "%s" is found', (licence) => {
  expect(findLicenceProblems([packageOf(licence)])).toEqual([
    `left-pad@1.0.0: ${licence || 'no licence'}`,
  ])
})

test('the review of pull requests has the same list', () => {
  const text = readFileSync(join(root, '.github/dependency-review.yml'), 'utf8')
  expect(parse(text)['allow-licenses']).toEqual([...allowedLicences])
  const named = [...Object.keys(readByHand), ...Object.keys(exceptions)]
  expect(parse(text)['allow-dependencies-licenses'].toSorted()).toEqual(
    named.map((name) => `pkg:npm/${name.replace('@', '%40')}`).toSorted(),
  )
})
