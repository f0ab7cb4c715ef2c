import type { Permission } from './permissions.ts'

/** What every signed-in person may do, with or without an organization. */
export const everyone = [
  'membership:read:own',
  'organization:read:own',
  'user:read:own',
  'user:update:own',
] as const satisfies readonly Permission[]

const viewer = [
  'order:read:own',
  'file:read:own',
  'apiKey:create:own',
  'apiKey:read:own',
  'apiKey:update:own',
  'apiKey:delete:own',
  // To leave.
  'membership:delete:own',
] as const

const member = [
  ...viewer,
  'file:create:own',
  'file:delete:own',
  'order:create:own',
  'order:update:own',
  'order:delete:own',
] as const

const admin = [
  'apiKey:create:own',
  'apiKey:read:any',
  'auditEvent:read:any',
  'apiKey:update:own',
  'apiKey:delete:any',
  'file:create:own',
  'file:read:any',
  'file:delete:any',
  'invitation:create:any',
  'invitation:read:any',
  'invitation:delete:any',
  'membership:read:any',
  'membership:update:any',
  'membership:delete:any',
  'organization:update:any',
  'order:create:any',
  'order:read:any',
  'order:update:any',
  'order:delete:any',
  'role:read:any',
  'user:read:any',
  'user:update:any',
  'webhook:create:any',
  'webhook:read:any',
  'webhook:update:any',
  'webhook:delete:any',
  'webhookDelivery:create:any',
  'webhookDelivery:read:any',
] as const

const owner = [
  ...admin,
  'organization:delete:any',
  'role:create:any',
  'role:update:any',
  'role:delete:any',
] as const

/** The built-in roles of an organization (G05), each made of permissions alone. */
export const organizationRoles = {
  owner,
  admin,
  member,
  viewer,
} as const satisfies Record<string, readonly Permission[]>

/** The roles on the platform, over all organizations; they give nothing within one. */
export const platformRoles = {
  admin: [
    'alert:read:any',
    'alert:update:any',
    'blockedAddress:read:any',
    'blockedAddress:delete:any',
    'oauthClient:create:any',
    'oauthClient:read:any',
    'oauthClient:update:any',
    'oauthClient:delete:any',
    'platformApiKey:read:any',
    'platformAuditEvent:read:any',
    'platformOrganization:read:any',
    'platformOrganization:update:any',
    'platformOverview:read:any',
    'platformSession:read:any',
    'platformUser:create:any',
    'platformUser:impersonate:any',
    'platformUser:read:any',
    'platformUser:update:any',
  ],
  support: ['platformOrganization:read:any'],
} as const satisfies Record<string, readonly Permission[]>

export type OrganizationRole = keyof typeof organizationRoles
