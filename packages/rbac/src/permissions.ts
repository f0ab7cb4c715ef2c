/** What can be done to what. A new resource is one line here; an action that is not listed does not compile. */
export const actions = {
  alert: ['read', 'update'],
  apiKey: ['create', 'read', 'update', 'delete'],
  auditEvent: ['read'],
  blockedAddress: ['read', 'delete'],
  file: ['create', 'read', 'delete'],
  invitation: ['create', 'read', 'delete'],
  membership: ['read', 'update', 'delete'],
  oauthClient: ['create', 'read', 'update', 'delete'],
  order: ['create', 'read', 'update', 'delete'],
  organization: ['read', 'update', 'delete'],
  platformApiKey: ['read'],
  platformAuditEvent: ['read'],
  platformOrganization: ['read', 'update'],
  platformOverview: ['read'],
  platformSession: ['read'],
  platformUser: ['create', 'read', 'update', 'impersonate'],
  role: ['create', 'read', 'update', 'delete'],
  user: ['read', 'update'],
  webhook: ['create', 'read', 'update', 'delete'],
  // To make one is to send an event again, or a test.
  webhookDelivery: ['create', 'read'],
} as const

export type Resource = keyof typeof actions

/** What a door asks for, such as `order:read`. */
export type Action = { [R in Resource]: `${R}:${(typeof actions)[R][number]}` }[Resource]

/** How far a permission reaches: the caller's own objects, or any of the organization's. */
export type Reach = 'own' | 'any'

/** What a role holds, such as `order:read:own`; `any` includes `own`. */
export type Permission = `${Action}:${Reach}`

/** Every permission there is. */
export const permissions: readonly Permission[] = Object.entries(actions).flatMap(
  ([resource, verbs]) =>
    verbs.flatMap((verb) => [
      `${resource}:${verb}:own` as Permission,
      `${resource}:${verb}:any` as Permission,
    ]),
)

/** What every key can see, as far as its owner can: who is a member, or it could not tell whose an object is. */
export const impliedKeyPermissions = [
  'membership:read:any',
] as const satisfies readonly Permission[]

/** What a key can be given: managing credentials and organizations stays with people who are signed in. */
export const keyPermissions: readonly Permission[] = permissions.filter(
  (permission) =>
    !/^(alert|apiKey|auditEvent|blockedAddress|invitation|membership|oauthClient|platform\w+|organization:(update|delete)|role|webhook\w*):/.test(
      permission,
    ),
)

/** Whether a permission reaches beyond its holder's own rows to change them: a key with it lives 30 days (G35). */
export const isHighRisk = (permission: string): boolean =>
  permission.endsWith(':any') && !permission.includes(':read:')
