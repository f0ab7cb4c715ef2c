import {
  type Action,
  type Grants,
  grantsOf,
  intersect,
  keyPermissions,
  platformGrantsOf,
  type Reach,
} from '@repo/rbac'
import { actionOf, type Declared } from './procedures.ts'
import { anySubject, samples } from './samples.ts'

interface Caller {
  readonly signedIn: boolean
  /** The password was right, and a code is owed. */
  readonly isHalf?: boolean
  /** A credential that every route refuses, since it is no credential of anyone. */
  readonly isRefused?: boolean
  /** The role in the organization they act in; null for none. */
  readonly role?: string | null
  /** What a custom role is made of. */
  readonly permissions?: readonly string[]
  readonly inTenant?: boolean
  readonly isSubject?: boolean
  /** A member of several organizations who names none. */
  readonly mustChoose?: boolean
  /** Signed in more than 15 minutes ago. */
  readonly isStale?: boolean
  /** What a key or a token was given; a caller without it has a session. */
  readonly keyPermissions?: readonly string[]
  readonly platformRole?: string
  /** An administrator of the platform who acts as them. */
  readonly isImpersonated?: boolean
}

const oneself = { signedIn: true, role: 'member', inTenant: true, isSubject: true } as const

/** Every kind of caller, as they stand to the person that a call is about: a member of one tenant. */
export const callers = {
  nobody: { signedIn: false },
  expired: { signedIn: false },
  'logged out': { signedIn: false },
  disabled: { signedIn: false },
  unverified: { signedIn: false },
  'half signed in': { signedIn: false, isHalf: true },
  oneself,
  'oneself, an hour after': { ...oneself, isStale: true },
  'oneself, impersonated': { ...oneself, isImpersonated: true },
  'oneself, made viewer': { ...oneself, role: 'viewer' },
  'own key': { ...oneself, keyPermissions },
  'own key, to read orders': { ...oneself, keyPermissions: ['order:read:own'] },
  'own key, revoked': { signedIn: false, isRefused: true },
  'own key, expired': { signedIn: false, isRefused: true },
  'own token': { ...oneself, keyPermissions },
  'own token, to read orders': { ...oneself, keyPermissions: ['order:read:own'] },
  'own token, its grant revoked': { signedIn: false, isRefused: true },
  'oneself, of a custom role to read own orders': {
    ...oneself,
    role: 'custom',
    permissions: ['order:read:own'],
  },
  'custom role, to read orders': {
    signedIn: true,
    role: 'custom',
    permissions: ['order:read:any'],
    inTenant: true,
  },
  'key of a custom role, to read orders': {
    signedIn: true,
    role: 'custom',
    permissions: ['order:read:any'],
    inTenant: true,
    keyPermissions,
  },
  viewer: { signedIn: true, role: 'viewer', inTenant: true },
  member: { signedIn: true, role: 'member', inTenant: true },
  admin: { signedIn: true, role: 'admin', inTenant: true },
  "an admin's key": { signedIn: true, role: 'admin', inTenant: true, keyPermissions },
  owner: { signedIn: true, role: 'owner', inTenant: true },
  removed: { signedIn: true, role: null },
  'key of one removed': { signedIn: false, isRefused: true },
  'foreign member': { signedIn: true, role: 'member' },
  'foreign owner': { signedIn: true, role: 'owner' },
  'platform admin': { signedIn: true, role: 'owner', platformRole: 'admin' },
  'platform admin, an hour after': {
    signedIn: true,
    role: 'owner',
    platformRole: 'admin',
    isStale: true,
  },
  "a platform admin's key": {
    signedIn: true,
    role: 'owner',
    platformRole: 'admin',
    keyPermissions,
  },
  'platform support': { signedIn: true, role: 'owner', platformRole: 'support' },
  'of two tenants, none named': { signedIn: true, role: null, mustChoose: true },
} as const satisfies Record<string, Caller>

export type CallerKind = keyof typeof callers

export const callerKinds = Object.keys(callers) as CallerKind[]

/** The status that a kind of caller must get, from what the procedure declares. */
export function expectedStatus(procedure: Declared, kind: CallerKind): number {
  const caller: Caller = callers[kind]
  const success = procedure.rest?.rest.status ?? 200
  const { access } = procedure
  if (caller.isRefused) return 401
  if (access.door === 'public') return success
  if (access.door === 'impersonation') {
    if (!caller.signedIn) return 401
    return caller.isImpersonated ? success : 403
  }
  if (access.door === 'half-session') return caller.isHalf ? success : caller.signedIn ? 403 : 401
  if (access.door === 'any-session' && caller.isHalf) return success
  if (!caller.signedIn) return 401
  if (access.door === 'admin') return administers(caller, access.action) ? success : 403
  const changesCredentials = procedure.type === 'mutation' && access.door === 'session'
  const needsSession = access.door === 'session' || access.door === 'any-session'
  const isFresh = 'fresh' in access && access.fresh === true
  if ((needsSession || isFresh) && caller.keyPermissions) return 403
  if (isFresh && caller.isStale) return 403
  if (caller.isImpersonated && (isFresh || changesCredentials)) return 403
  if (!('action' in access)) return isAboutSubject(procedure) && !caller.isSubject ? 404 : success
  if (access.door === 'member' && caller.role === null) return caller.mustChoose ? 400 : 403
  return reaches(procedure, caller, access.action) ? success : refusal(procedure, caller)
}

const administers = ({ platformRole, isStale, keyPermissions: given }: Caller, action: Action) =>
  platformGrantsOf(platformRole ?? null).reach(action) !== null && !isStale && !given

/** A kind of caller that is let in, as the person whom the call is about where that can be. */
export function servedKind(procedure: Declared): CallerKind {
  const preferred = [
    'oneself',
    'admin',
    'owner',
    'half signed in',
    'platform admin',
    'oneself, impersonated',
  ] as const
  const kind = preferred.find((one) => expectedStatus(procedure, one) < 300)
  if (!kind) throw new Error(`${procedure.path} lets in nobody that the walking tests know.`)
  return kind
}

function reaches(procedure: Declared, caller: Caller, action: string): boolean {
  const reach = reachOf(caller, action)
  if (!isAboutSubject(procedure)) return reach !== null
  // Being a member is all the ownership there is of an organization.
  if (namesOrganizationAlone(procedure)) return reach !== null && isMember(caller)
  return (
    (reach === 'any' && caller.inTenant === true) || (reach === 'own' && caller.isSubject === true)
  )
}

/** 403 for who sees the object, or where there is none to hide; else 404. */
function refusal(procedure: Declared, caller: Caller): number {
  const action = actionOf(procedure) ?? ''
  const [resource = ''] = action.split(':')
  if (namesOrganizationAlone(procedure)) {
    return isMember(caller) && reachOf(caller, 'organization:read') !== null ? 403 : 404
  }
  const namesObject = objectFields(resource).some((name) =>
    Object.keys(sampleOf(procedure)).includes(name),
  )
  if (!namesObject && reachOf(caller, action) === null) return 403
  const readable =
    namesObject && !action.endsWith(':read') && reaches(procedure, caller, `${resource}:read`)
  return readable ? 403 : 404
}

const objectFields = (resource: string) => [
  `${resource}Id`,
  ...(resource === 'apiKey' ? ['keyId'] : []),
  ...(resource === 'membership' ? ['userId'] : []),
  ...(resource === 'webhookDelivery' ? ['webhookId'] : []),
]

const isMember = ({ inTenant, mustChoose }: Caller) => inTenant === true || mustChoose === true

function reachOf(caller: Caller, action: string): Reach | null {
  return grantsFor(caller).reach(action as Parameters<Grants['reach']>[0])
}

function grantsFor({ role = null, permissions = [], keyPermissions: given }: Caller): Grants {
  const grants = grantsOf(role, permissions)
  return given ? intersect(grants, given) : grants
}

const namesOrganizationAlone = (procedure: Declared) =>
  idFieldsOf(sampleOf(procedure)).join() === 'organizationId'

const isAboutSubject = (procedure: Declared) => idFieldsOf(sampleOf(procedure)).length > 0

const idFieldsOf = (sample: object) => Object.keys(sample).filter((name) => name.endsWith('Id'))

function sampleOf({ path }: Declared): object {
  const sample = samples[path]
  if (!sample) throw new Error(`${path} has no sample: add one to test/support/samples.ts.`)
  return sample(anySubject) ?? {}
}

/** Its head and its rows, as they are printed and as the page of administrators shows them. */
export function listAccessMatrix(procedures: readonly Declared[]): readonly (readonly string[])[] {
  const head = ['procedure', 'REST', 'door', 'permission', 'limits', ...callerKinds]
  const rows = procedures.map((procedure) => {
    const { path, rest, access, limits } = procedure
    const route = rest ? `${rest.rest.method} /api${rest.rest.path}` : '–'
    const statuses = callerKinds.map((kind) => String(expectedStatus(procedure, kind)))
    const door = 'fresh' in access && access.fresh ? `${access.door}, fresh` : access.door
    return [path, route, door, actionOf(procedure) ?? '–', limits, ...statuses]
  })
  return [head, ...rows]
}

/** The same as a file of columns (apps/api/src/edge/admin). */
export const printAccessColumns = (procedures: readonly Declared[]): string =>
  listAccessMatrix(procedures)
    .map((cells) => `${cells.join('\t')}\n`)
    .join('')

/** The matrix as it is printed to docs/access-matrix.md. */
export function printAccessMatrix(procedures: readonly Declared[]): string {
  const [head = [], ...matrix] = listAccessMatrix(procedures)
  const rows = matrix.map(([path, route, ...rest]) => [`\`${path}\``, `\`${route}\``, ...rest])
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `# Access matrix

Every procedure by every kind of caller, with the HTTP status each gets for a call about *a member of
one tenant* (their order, their profile, their key). Written by \`pnpm docs:generate\` from what
the procedures declare; \`apps/api/test/security/access-matrix.test.ts\` tries every cell over REST and
tRPC. \`foreign\` callers belong to another tenant; a missing object and a hidden one both answer 404;
\`fresh\` doors want an authentication of the last 15 minutes.

${lines.join('\n')}
`
}
