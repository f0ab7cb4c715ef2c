import { describe, expect, it, test } from 'vitest'
import { customRolePermissions } from './custom-roles.ts'
import { grantsOf, holds } from './grants.ts'
import { type Action, permissions, type Reach } from './permissions.ts'

test('of keys, members, organizations, roles, webhooks and clients a custom role can be made of this alone', () => {
  const governs = /^(apiKey|invitation|membership|oauthClient|organization|role|webhook\w*):/
  expect(customRolePermissions.filter((permission) => governs.test(permission))).toEqual([
    ...['apiKey:create:own', 'apiKey:read:own', 'apiKey:read:any', 'apiKey:update:own'],
    ...['apiKey:delete:own', 'apiKey:delete:any'],
    ...['membership:read:own', 'membership:read:any'],
    'organization:read:own',
    ...['role:read:own', 'role:read:any'],
  ])
})

test('of what people work with it can be made of all that an admin may', () => {
  expect(customRolePermissions).toEqual(
    expect.arrayContaining(['order:delete:any', 'order:create:own', 'file:read:any']),
  )
})

test('an admin holds all of it, and so gives no more than they hold', () => {
  const admin = grantsOf('admin')
  const beyond = customRolePermissions.filter((permission) => !holds(admin, permission))
  expect(beyond).toEqual([])
  expect(permissions.filter((permission) => !holds(admin, permission))).not.toEqual([])
})

describe('a custom role', () => {
  const table: readonly [made: readonly string[] | null, action: Action, reach: Reach | null][] = [
    [['order:read:own'], 'order:read', 'own'],
    [['order:read:any'], 'order:read', 'any'],
    [['order:read:own', 'order:read:any'], 'order:read', 'any'],
    [['order:read:any'], 'order:create', null],
    [['order:read:any'], 'file:read', null],
    [[], 'order:read', null],
    [[], 'user:read', 'own'],
    [[], 'organization:read', 'own'],
    [[], 'membership:delete', 'own'],
    [null, 'membership:delete', 'own'],
    [null, 'order:read', null],
  ]
  it.each(table)('made of %j reaches with %s: %s', (made, action, reach) => {
    expect(grantsOf('custom', made).reach(action)).toBe(reach)
  })

  const governing: readonly [permission: string, action: Action, reach: Reach | null][] = [
    ['invitation:create:any', 'invitation:create', null],
    ['invitation:read:any', 'invitation:read', null],
    ['invitation:delete:any', 'invitation:delete', null],
    ['membership:update:own', 'membership:update', null],
    ['membership:update:any', 'membership:update', null],
    ['membership:delete:any', 'membership:delete', 'own'],
    ['organization:update:any', 'organization:update', null],
    ['organization:delete:any', 'organization:delete', null],
    ['role:create:any', 'role:create', null],
    ['role:create:own', 'role:create', null],
    ['role:update:any', 'role:update', null],
    ['role:delete:any', 'role:delete', null],
    ['oauthClient:create:any', 'oauthClient:create', null],
    ['apiKey:create:any', 'apiKey:create', null],
  ]
  it.each(governing)('whose row holds %s gets nothing of it', (permission, action, reach) => {
    const grants = grantsOf('custom', [permission, 'order:read:own'])
    expect(grants.reach(action)).toBe(reach)
    expect(grants.reach('order:read')).toBe('own')
  })

  it.each(['*', 'order:read', 'order:*:any', 'ORDER:READ:ANY', ' order:read:any', '__proto__', ''])(
    'whose row holds %j, which is no permission, gets nothing of it',
    (text) => {
      expect(grantsOf('custom', [text]).reach('order:read')).toBeNull()
    },
  )
})

test('permissions beside a built-in role are worth nothing', () => {
  for (const role of ['viewer', 'superuser', null]) {
    expect(grantsOf(role, ['order:delete:any']).reach('order:delete')).toBeNull()
  }
  expect(grantsOf('custom', ['order:delete:any']).reach('order:delete')).toBe('any')
})
