import type { Names } from './names.ts'
import { editBlock, insertSorted } from './text-block.ts'

/** permissions.ts with the actions of the new resource. */
export function editPermissions(text: string, { singular }: Names): string {
  const line = `  ${singular}: ['create', 'read', 'update', 'delete'],`
  const actions = { opens: 'export const actions = {', closes: '} as const' }
  return editBlock(text, [actions], insertSorted(/^ {2}(\w+): \[/, singular, [line]))
}

/** What each role gets; the member holds what the viewer holds, the owner what the admin holds. */
const roles = {
  viewer: ['read:own'],
  member: ['create:own', 'update:own', 'delete:own'],
  admin: ['create:any', 'read:any', 'update:any', 'delete:any'],
} as const

/** roles.ts with who holds them. */
export function editRoles(text: string, { singular }: Names): string {
  return Object.entries(roles).reduce((edited, [role, permissions]) => {
    const lines = permissions.map((permission) => `  '${singular}:${permission}',`)
    const list = { opens: `const ${role} = [`, closes: '] as const' }
    return editBlock(edited, [list], insertSorted(/^ {2}'(\w+):/, singular, lines))
  }, text)
}
