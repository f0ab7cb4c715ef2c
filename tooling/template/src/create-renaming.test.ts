import { describe, expect, test } from 'vitest'
import { createRenaming } from './create-renaming.ts'
import { current, findNameProblems } from './names.ts'

const rename = createRenaming(current, { scope: 'acme-inc', slug: 'acme', title: 'Acme Cloud' })
// Spelled in two, so that a renaming of this tree leaves the sentences alone.
const [slug, title, scope] = [current.slug, current.title, `@${current.scope}`]

test.each([
  [`import { can } from '${scope}/rbac'`, "import { can } from '@acme-inc/rbac'"],
  [`GRANT SELECT ON orders TO ${slug}_app`, 'GRANT SELECT ON orders TO acme_app'],
  [
    `${slug}_http_requests_total and urn:${slug}:problem:`,
    'acme_http_requests_total and urn:acme:problem:',
  ],
  [`alert: ${title}KeyOverdue`, 'alert: AcmeKeyOverdue'],
  [`user-agent: ${title}-Webhooks`, 'user-agent: Acme-Webhooks'],
  [`Welcome to ${title}.`, 'Welcome to Acme Cloud.'],
  [`${slug.toUpperCase()}_URL`, 'ACME_URL'],
  [`docker/prometheus/rules/${slug}.rules.yaml`, 'docker/prometheus/rules/acme.rules.yaml'],
  ['report/repository and @reports/x', 'report/repository and @reports/x'],
])('%s becomes %s', (text, expected) => {
  expect(rename(text)).toBe(expected)
})

test('what was renamed is renamed again by what it is called now', () => {
  const acme = { scope: 'acme-inc', slug: 'acme', title: 'Acme Cloud' }
  const text = `${scope}/rbac ${slug}_app ${title}KeyOverdue ${title} ${slug.toUpperCase()}`
  expect(createRenaming(acme, current)(rename(text))).toBe(text)
})

describe('names', () => {
  const fit = { scope: 'acme', slug: 'acme', title: 'Acme Cloud' }
  test('that are fit are taken', () => {
    expect(findNameProblems(fit)).toEqual([])
  })
  test.each([
    [{ scope: '@acme' }, '--scope'],
    [{ scope: 'Acme' }, '--scope'],
    [{ slug: 'acme-cloud' }, '--slug'],
    [{ slug: '1acme' }, '--slug'],
    [{ slug: 'pg' }, '--slug'],
    [{ slug: 'worker' }, '--slug'],
    [{ slug: 'a'.repeat(17) }, '--slug'],
    [{ title: 'acme' }, '--title'],
    [{ title: "Acme's" }, '--title'],
    [{ title: 'Acme <b>' }, '--title'],
    [{ title: 'Acme ' }, '--title'],
  ])('%j is refused', (change, option) => {
    expect(findNameProblems({ ...fit, ...change })).toEqual([expect.stringContaining(option)])
  })
})
