import { grantsOf, type Reach } from '@repo/rbac'
import { actionOf, type Declared } from './procedures.ts'
import { anySubject, samples } from './samples.ts'

/** Every kind of caller, as they stand to the person that a call is about: a member of one tenant. */
export const callers = {
  nobody: { signedIn: false },
  expired: { signedIn: false },
  'logged out': { signedIn: false },
  disabled: { signedIn: false },
  oneself: { signedIn: true, role: 'member', inTenant: true, isSubject: true },
  'oneself, made viewer': { signedIn: true, role: 'viewer', inTenant: true, isSubject: true },
  viewer: { signedIn: true, role: 'viewer', inTenant: true },
  member: { signedIn: true, role: 'member', inTenant: true },
  admin: { signedIn: true, role: 'admin', inTenant: true },
  owner: { signedIn: true, role: 'owner', inTenant: true },
  removed: { signedIn: true, role: null },
  'foreign member': { signedIn: true, role: 'member' },
  'foreign owner': { signedIn: true, role: 'owner' },
  'platform admin': { signedIn: true, role: 'owner' },
  'of two tenants, none named': { signedIn: true, role: null, mustChoose: true },
} as const satisfies Record<string, Caller>

export type CallerKind = keyof typeof callers

interface Caller {
  readonly signedIn: boolean
  /** The role in the organization they act in; null for none. */
  readonly role?: string | null
  readonly inTenant?: boolean
  readonly isSubject?: boolean
  /** A member of several organizations who names none. */
  readonly mustChoose?: boolean
}

export const callerKinds = Object.keys(callers) as CallerKind[]

/** The status that a kind of caller must get, from what the procedure declares. */
export function expectedStatus(procedure: Declared, kind: CallerKind): number {
  const caller: Caller = callers[kind]
  const success = procedure.rest?.rest.status ?? 200
  const { access } = procedure
  if (access.door === 'public') return success
  if (!caller.signedIn) return 401
  if (access.door === 'session') return success
  if (access.door === 'member' && caller.role === null) return caller.mustChoose ? 400 : 403
  return reaches(procedure, caller, access.action) ? success : refusal(procedure, caller)
}

function reaches(procedure: Declared, caller: Caller, action: string): boolean {
  const reach = reachOf(caller, action)
  if (!isAboutSubject(procedure)) return reach !== null
  // Being a member is all the ownership there is of an organization.
  if (action.startsWith('organization:')) return reach !== null && isMember(caller)
  return (
    (reach === 'any' && caller.inTenant === true) || (reach === 'own' && caller.isSubject === true)
  )
}

/** 403 for who sees the object, or where there is none to hide; else 404. */
function refusal(procedure: Declared, caller: Caller): number {
  const action = actionOf(procedure) ?? ''
  const [resource = ''] = action.split(':')
  const namesObject = Object.keys(sampleOf(procedure)).includes(`${resource}Id`)
  if (!namesObject && reachOf(caller, action) === null) return 403
  const readable =
    namesObject && !action.endsWith(':read') && reaches(procedure, caller, `${resource}:read`)
  return readable ? 403 : 404
}

const isMember = ({ inTenant, mustChoose }: Caller) => inTenant === true || mustChoose === true

function reachOf({ role = null }: Caller, action: string): Reach | null {
  return grantsOf(role).reach(action as Parameters<ReturnType<typeof grantsOf>['reach']>[0])
}

const isAboutSubject = (procedure: Declared) =>
  Object.keys(sampleOf(procedure)).some((key) => key.endsWith('Id'))

function sampleOf({ path }: Declared): object {
  const sample = samples[path]
  if (!sample) throw new Error(`${path} has no sample: add one to test/support/samples.ts.`)
  return sample(anySubject) ?? {}
}

/** The matrix as it is printed to docs/access-matrix.md. */
export function printAccessMatrix(procedures: readonly Declared[]): string {
  const head = ['procedure', 'REST', 'door', 'permission', 'limits', ...callerKinds]
  const rows = procedures.map((procedure) => {
    const { path, rest, access, limits } = procedure
    const route = rest ? `${rest.rest.method} /api${rest.rest.path}` : '–'
    const statuses = callerKinds.map((kind) => String(expectedStatus(procedure, kind)))
    return [
      `\`${path}\``,
      `\`${route}\``,
      access.door,
      actionOf(procedure) ?? '–',
      limits,
      ...statuses,
    ]
  })
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `# Access matrix

Every procedure by every kind of caller, with the HTTP status each gets for a call about *a member of
one tenant* (their order, their profile, their organization). Written by \`pnpm docs:generate\` from what
the procedures declare; \`apps/api/test/security/access-matrix.test.ts\` tries every cell over REST and
tRPC. \`foreign\` callers belong to another tenant; a missing object and a hidden one both answer 404.

${lines.join('\n')}
`
}
