import { describe, expect, test } from 'vitest'
import { canonicalCondition } from './canonical-condition.ts'

const tenant = '"organization_id" = (SELECT app.organization_id())'

describe('one condition has one spelling', () => {
  test.each([
    [tenant, '(organization_id = ( SELECT app.organization_id() AS organization_id))'],
    ['TRUE', 'true'],
    ['"a" IS NULL AND b = c', '((a IS NULL) AND (b = c))'],
    ['a = 1 OR b = 2 AND c = 3', '((a = 1) OR ((b = 2) AND (c = 3)))'],
    [
      'EXISTS (SELECT FROM "memberships" m WHERE m."user_id" = "users"."id" AND m."removed_at" IS NULL)',
      '(EXISTS ( SELECT\n   FROM public.memberships m\n  WHERE ((m.user_id = users.id) AND (m.removed_at IS NULL))))',
    ],
  ])('%s', (written, deparsed) => {
    expect(canonicalCondition(deparsed)).toBe(canonicalCondition(written))
  })
})

describe('another condition has another', () => {
  test.each([
    ['(a = 1 OR b = 2) AND c = 3', 'a = 1 OR b = 2 AND c = 3'],
    ['a = 1 OR b = 2', 'a = 1 AND b = 2'],
    ['NOT (a = 1 AND b = 2)', 'NOT a = 1 AND b = 2'],
    [tenant, `${tenant} OR true`],
    [tenant, tenant.replace('=', '<>')],
    [tenant, tenant.replace('organization_id()', 'user_id()')],
    [`a = 'X'`, `a = 'x'`],
    ['"A" = 1', 'a = 1'],
    ['(SELECT f()) = b', '(SELECT f() = b)'],
    ['EXISTS (SELECT FROM m WHERE a = b OR c = d)', 'EXISTS (SELECT FROM m WHERE a = b) OR c = d'],
    ['EXISTS (SELECT FROM public.m)', 'EXISTS (SELECT FROM other.m)'],
    ['f(a, b)', 'f(a) , b'],
  ])('%s, %s', (one, other) => {
    expect(canonicalCondition(one)).not.toBe(canonicalCondition(other))
  })
})
