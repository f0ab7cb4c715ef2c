/** What can be done to what. A new resource is one line here; an action that is not listed does not compile. */
export const actions = {
  order: ['create', 'read', 'update', 'delete'],
  organization: ['read'],
  user: ['read', 'update'],
} as const

export type Resource = keyof typeof actions

/** What a door asks for, such as `order:read`. */
export type Action = { [R in Resource]: `${R}:${(typeof actions)[R][number]}` }[Resource]

/** How far a permission reaches: the caller's own objects, or any of the organization's. */
export type Reach = 'own' | 'any'

/** What a role holds, such as `order:read:own`; `any` includes `own`. */
export type Permission = `${Action}:${Reach}`
