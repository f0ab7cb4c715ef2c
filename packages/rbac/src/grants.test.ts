import { describe, expect, it } from 'vitest'
import { grantsOf } from './grants.ts'
import { type Action, keyPermissions, type Reach } from './permissions.ts'

const table: readonly [role: string | null, action: Action, reach: Reach | null][] = [
  ['viewer', 'order:read', 'own'],
  ['viewer', 'order:create', null],
  ['viewer', 'order:delete', null],
  ['member', 'order:create', 'own'],
  ['member', 'order:read', 'own'],
  ['member', 'user:read', 'own'],
  ['admin', 'order:delete', 'any'],
  ['admin', 'user:update', 'any'],
  ['owner', 'order:read', 'any'],
  ['owner', 'role:create', 'any'],
  ['admin', 'role:read', 'any'],
  ['admin', 'role:create', null],
  ['admin', 'role:update', null],
  ['admin', 'role:delete', null],
  ['member', 'role:read', null],
  ['viewer', 'membership:delete', 'own'],
  ['member', 'invitation:create', null],
  ['admin', 'invitation:create', 'any'],
  ['admin', 'organization:delete', null],
  ['owner', 'organization:delete', 'any'],
  [null, 'membership:delete', null],
  [null, 'user:read', 'own'],
  [null, 'order:read', null],
]

describe('grantsOf', () => {
  it.each(table)('%s reaches with %s: %s', (role, action, reach) => {
    expect(grantsOf(role).reach(action)).toBe(reach)
  })

  it('gives an unknown role what everyone has and nothing more', () => {
    expect(grantsOf('superuser').reach('user:read')).toBe('own')
    expect(grantsOf('superuser').reach('order:read')).toBeNull()
    expect(grantsOf('__proto__').reach('order:read')).toBeNull()
  })
})

it('no key is given what says who belongs to an organization, or ends one', () => {
  const kept = /^(invitation|membership|organization:(update|delete)|role|webhook\w*):/
  expect(keyPermissions.filter((permission) => kept.test(permission))).toEqual([])
  expect(keyPermissions).toContain('organization:read:own')
})
