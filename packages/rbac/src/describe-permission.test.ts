import { expect, test } from 'vitest'
import { describePermission } from './describe-permission.ts'
import { permissions } from './permissions.ts'

test.each([
  ['order:read:own', 'See your own orders'],
  ['order:delete:any', 'Delete all orders of the organization'],
  ['oauthClient:update:any', 'Change all oauth clients of the organization'],
])('%s is told as: %s', (permission, told) => {
  expect(describePermission(permission)).toBe(told)
})

test('no two permissions are told alike', () => {
  expect(new Set(permissions.map(describePermission)).size).toBe(permissions.length)
})
