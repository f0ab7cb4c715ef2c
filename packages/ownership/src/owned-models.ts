import type { Prisma } from '@repo/database'
import type { Scope } from './scope.ts'
import { type Grants, type Policy, sees } from './serving-policies.ts'

type ModelName = Prisma.ModelName
type Objects<M extends ModelName> = Prisma.TypeMap['model'][M]['payload']['objects']
type Scalar<M extends ModelName> = keyof Prisma.TypeMap['model'][M]['payload']['scalars'] & string
type Where = Readonly<Record<string, unknown>>

/**
 * The second lock, where it is not what follows from the rest: the rows of an open model are those of the
 * tenant, all four operations granted; a closed one is closed to the serving role too. A server whose
 * database differs does not start, and `pnpm db:diff` writes what is said here.
 */
interface ServingRole<M extends ModelName> {
  readonly policies?: readonly Policy[]
  readonly grants?: Grants<Scalar<M>>
}

interface OpenModel<M extends ModelName> extends ServingRole<M> {
  /** The resource whose permissions decide how far an operation reaches. */
  readonly resource: string
  /** The rows that `own` means, and those that `any` means; both stay in the caller's tenant. */
  readonly own: (scope: Scope) => Where
  readonly any: (scope: Scope) => Where
  /** The columns that say whose a row is: forced when it is created, refused in a change. */
  readonly owner: { readonly tenant?: string; readonly user?: string }
  /** The columns that are ours alone: a person's export is without them. */
  readonly internal?: readonly Scalar<M>[]
  /** What to tell who deletes a row that others refer to (409). */
  readonly inUse?: string
  /** Where each relation leads; one that is missing here does not compile. */
  readonly relations: {
    readonly [R in keyof Objects<M>]: { readonly model: ModelName; readonly list: boolean }
  }
}

interface ClosedModel<M extends ModelName> extends ServingRole<M> {
  readonly closed: string
}

// A column in an empty list matches no row; an empty OR would not do, since Prisma drops it in an AND.
const tenantOf = (scope: Scope) => scope.organizationId ?? { in: [] }

/**
 * Whose every model is. A model that is not listed here does not compile, and one that is closed
 * cannot be reached through `ctx.db` at all.
 */
export const ownedModels = {
  Order: {
    resource: 'order',
    own: (scope) => ({ organizationId: tenantOf(scope), userId: scope.userId }),
    any: (scope) => ({ organizationId: tenantOf(scope) }),
    owner: { tenant: 'organizationId', user: 'userId' },
    relations: { membership: { model: 'Membership', list: false } },
  },
  File: {
    resource: 'file',
    own: (scope) => ({ organizationId: tenantOf(scope), userId: scope.userId }),
    any: (scope) => ({ organizationId: tenantOf(scope) }),
    owner: { tenant: 'organizationId', user: 'userId' },
    internal: ['storageKey'],
    // What a file is never changes; whether it is clean does.
    grants: { select: true, insert: true, update: ['status', 'updatedAt'], delete: true },
    relations: { membership: { model: 'Membership', list: false } },
  },
  Membership: {
    resource: 'membership',
    own: (scope) => ({
      organizationId: tenantOf(scope),
      userId: scope.userId,
      removedAt: null,
    }),
    any: (scope) => ({ organizationId: tenantOf(scope), removedAt: null }),
    owner: { tenant: 'organizationId', user: 'userId' },
    policies: [
      {
        name: 'tenant',
        command: 'SELECT',
        using: `${sees.tenant('organization_id')} OR ${sees.user('user_id')}`,
      },
    ],
    grants: { select: true },
    relations: {
      organization: { model: 'Organization', list: false },
      user: { model: 'User', list: false },
      customRole: { model: 'CustomRole', list: false },
      orders: { model: 'Order', list: true },
      apiKeys: { model: 'ApiKey', list: true },
      files: { model: 'File', list: true },
      invitations: { model: 'Invitation', list: true },
    },
  },
  User: {
    resource: 'user',
    own: (scope) => ({ id: scope.userId }),
    any: (scope) => ({
      memberships: { some: { organizationId: tenantOf(scope), removedAt: null } },
    }),
    owner: { user: 'id' },
    policies: [
      {
        name: 'tenant',
        command: 'ALL',
        using: `${sees.user('id')} OR ${sees.member('m."user_id" = "users"."id"', 'organization_id')}`,
        // Of what may be changed, the grants below, nothing decides whose it is.
        check: 'true',
      },
    ],
    grants: { select: true, update: ['name', 'updatedAt'] },
    relations: {
      password: { model: 'Password', list: false },
      sessions: { model: 'Session', list: true },
      memberships: { model: 'Membership', list: true },
      totpSecret: { model: 'TotpSecret', list: false },
      recoveryCodes: { model: 'RecoveryCode', list: true },
      passkeys: { model: 'Passkey', list: true },
      oneTimeTokens: { model: 'OneTimeToken', list: true },
      emailChange: { model: 'EmailChange', list: false },
      oauthGrants: { model: 'OAuthGrant', list: true },
      externalIdentities: { model: 'ExternalIdentity', list: true },
      impersonations: { model: 'Session', list: true },
      auditActor: { model: 'AuditActor', list: false },
    },
  },
  Organization: {
    resource: 'organization',
    own: (scope) => ({
      deletedAt: null,
      memberships: { some: { userId: scope.userId, removedAt: null } },
      ...(scope.isConfined && { id: tenantOf(scope) }),
    }),
    any: (scope) => ({ id: tenantOf(scope), deletedAt: null }),
    owner: { tenant: 'id' },
    policies: [
      {
        name: 'tenant',
        command: 'SELECT',
        using: `"deleted_at" IS NULL AND ${sees.member('m."organization_id" = "organizations"."id"', 'user_id')}`,
      },
      {
        name: 'tenant_changes',
        command: 'UPDATE',
        using: `"deleted_at" IS NULL AND ${sees.tenant('id')}`,
        check: `"deleted_at" IS NULL AND ${sees.tenant('id')}`,
      },
    ],
    grants: { select: true, update: ['name', 'requireSecondFactor', 'updatedAt'] },
    relations: {
      memberships: { model: 'Membership', list: true },
      invitations: { model: 'Invitation', list: true },
      oauthClients: { model: 'OAuthClient', list: true },
      customRoles: { model: 'CustomRole', list: true },
      webhookEndpoints: { model: 'WebhookEndpoint', list: true },
    },
  },
  CustomRole: {
    resource: 'role',
    // Nobody owns a role, their own least of all: with `own` nothing is seen, changed or made.
    own: () => ({ organizationId: { in: [] } }),
    any: (scope) => ({ organizationId: tenantOf(scope) }),
    owner: { tenant: 'organizationId' },
    grants: {
      select: true,
      insert: true,
      update: ['name', 'permissions', 'updatedAt'],
      delete: true,
    },
    inUse: 'A member or an open invitation has this role: give them another one first.',
    relations: {
      organization: { model: 'Organization', list: false },
      memberships: { model: 'Membership', list: true },
      invitations: { model: 'Invitation', list: true },
    },
  },
  ApiKey: {
    resource: 'apiKey',
    own: (scope) => ({ organizationId: tenantOf(scope), userId: scope.userId }),
    any: (scope) => ({ organizationId: tenantOf(scope) }),
    owner: { tenant: 'organizationId', user: 'userId' },
    internal: ['remindedDays'],
    // The identity functions write keys; from here they can only be taken away.
    grants: { select: true, update: ['updatedAt'], delete: true },
    relations: {
      membership: { model: 'Membership', list: false },
      replacedBy: { model: 'ApiKey', list: false },
      replaces: { model: 'ApiKey', list: false },
      hash: { model: 'ApiKeyHash', list: false },
    },
  },
  Invitation: {
    resource: 'invitation',
    own: (scope) => ({ organizationId: tenantOf(scope), userId: scope.userId }),
    any: (scope) => ({ organizationId: tenantOf(scope) }),
    owner: { tenant: 'organizationId', user: 'userId' },
    grants: { select: true, delete: true },
    relations: {
      organization: { model: 'Organization', list: false },
      membership: { model: 'Membership', list: false },
      customRole: { model: 'CustomRole', list: false },
      hash: { model: 'InvitationHash', list: false },
    },
  },
  WebhookEndpoint: {
    resource: 'webhook',
    // Nobody owns one: it sends what the organization's members do.
    own: () => ({ organizationId: { in: [] } }),
    any: (scope) => ({ organizationId: tenantOf(scope) }),
    owner: { tenant: 'organizationId' },
    // A function of the database makes them, with their secrets.
    grants: {
      select: true,
      update: [
        ...(['url', 'description', 'events', 'enabled', 'disabledReason'] as const),
        ...(['failingSince', 'updatedAt'] as const),
      ],
      delete: true,
    },
    relations: {
      organization: { model: 'Organization', list: false },
      secrets: { model: 'WebhookSecret', list: true },
    },
  },
  WebhookDelivery: {
    resource: 'webhookDelivery',
    own: () => ({ organizationId: { in: [] } }),
    any: (scope) => ({ organizationId: tenantOf(scope) }),
    owner: { tenant: 'organizationId' },
    grants: { select: true },
    relations: {
      event: { model: 'WebhookEvent', list: false },
      attempts: { model: 'WebhookAttempt', list: true },
    },
  },
  WebhookAttempt: {
    resource: 'webhookDelivery',
    own: () => ({ organizationId: { in: [] } }),
    any: (scope) => ({ organizationId: tenantOf(scope) }),
    owner: { tenant: 'organizationId' },
    grants: { select: true },
    relations: { delivery: { model: 'WebhookDelivery', list: false } },
  },
  Password: { closed: 'Only the identity functions of the database read password hashes.' },
  Session: {
    closed: 'Only the identity functions of the database read and write log-in sessions.',
  },
  TotpSecret: { closed: 'Only the identity functions of the database handle second factors.' },
  RecoveryCode: { closed: 'Only the identity functions of the database handle second factors.' },
  Passkey: { closed: 'Only the identity functions of the database handle passkeys.' },
  OneTimeToken: {
    closed: 'Only the identity functions of the database redeem links and challenges.',
  },
  EmailChange: { closed: 'Only the identity functions of the database change addresses.' },
  ApiKeyHash: { closed: 'Only the identity functions of the database find a key by its hash.' },
  InvitationHash: {
    closed: 'Only the identity functions of the database find an invitation by its hash.',
  },
  OAuthClient: { closed: 'Only the identity functions of the database handle OAuth clients.' },
  OAuthGrant: { closed: 'Only the identity functions of the database handle OAuth grants.' },
  OAuthRecord: { closed: 'Only the identity functions of the database handle tokens and codes.' },
  RotatingKey: {
    closed: 'Only the identity functions of the database hand out the keys of an installation.',
  },
  ExternalIdentity: { closed: 'Only the identity functions of the database link identities.' },
  IdempotencyKey: {
    closed: 'Kept by @repo/idempotency alone.',
    policies: [
      { name: 'own', command: 'ALL', using: sees.user('user_id'), check: sees.user('user_id') },
    ],
    grants: { select: true, insert: true, update: true, delete: true },
  },
  BlockedAddress: { closed: 'Only the identity functions of the database close addresses.' },
  FailedLogIn: { closed: 'Only the identity functions of the database count failed log-ins.' },
  Alert: { closed: 'Only the functions of the database raise and settle alerts.' },
  AuditEvent: {
    closed: 'Written by @repo/audit alone, read by nobody who serves.',
    policies: [{ name: 'append', command: 'INSERT', check: 'true' }],
    grants: {
      insert: [
        ...(['time', 'organizationId', 'actor', 'action', 'target'] as const),
        ...(['outcome', 'code', 'address', 'requestId'] as const),
        ...(['onBehalfOf', 'before', 'after'] as const),
      ],
    },
  },
  AuditActor: {
    closed: 'Only functions of the database know who is behind a name of the audit log.',
  },
  AuditSeal: { closed: 'Only the worker seals the audit log.' },
  WebhookSecret: { closed: 'Only the worker reads what webhooks are signed with.' },
  WebhookEvent: { closed: 'Only the functions of the database publish events.' },
} as const satisfies { readonly [M in ModelName]: OpenModel<M> | ClosedModel<M> }

type Models = typeof ownedModels
export type OpenModelName = {
  [M in ModelName]: Models[M] extends { closed: string } ? never : M
}[ModelName]

/** The models that `ctx.db` can name. */
export const openModelNames = Object.entries(ownedModels)
  .filter(([, ownership]) => !isClosed(ownership))
  .map(([model]) => model as OpenModelName)

/** The ownership of a model; throws for one that is closed. */
export function ownershipOf(model: string): OpenModel<never> & { readonly relations: Relations } {
  const ownership: unknown = Object.hasOwn(ownedModels, model)
    ? ownedModels[model as ModelName]
    : { closed: 'It is not listed in owned-models.' }
  if (isClosed(ownership)) throw new Error(`${model} is closed to ctx.db: ${ownership.closed}`)
  return ownership as OpenModel<never> & { readonly relations: Relations }
}

/** The name of a model's delegate, as Prisma's client has it. */
export const delegateNameOf = (model: string): string =>
  model.charAt(0).toLowerCase() + model.slice(1)

/** The open model of a resource; throws for a resource that has none. */
export function modelOf(resource: string): OpenModelName {
  const model = openModelNames.find((name) => ownershipOf(name).resource === resource)
  if (!model) throw new Error(`No model is open to ctx.db for the resource ${resource}.`)
  return model
}

export type Relations = Readonly<
  Record<string, { readonly model: ModelName; readonly list: boolean }>
>

function isClosed(ownership: unknown): ownership is { readonly closed: string } {
  return typeof ownership === 'object' && ownership !== null && 'closed' in ownership
}
