import { appRouter } from '../../src/routers/app-router.ts'
import { servedKind } from '../support/access-matrix.ts'
import { createCallers } from '../support/create-caller.ts'
import type { World } from '../support/create-world.ts'
import { type Declared, listProcedures } from '../support/procedures.ts'
import { createSubject } from '../support/samples.ts'
import { type Input, sampleOf } from '../support/walk.ts'

/** What a generated request is about, as it came. */
interface Asked {
  readonly method: string
  readonly url: string
  /** It carries a key rather than a cookie. */
  readonly withKey: boolean
  /** It follows the contract, so that it is to succeed. */
  readonly isValid: boolean
}

/** Somebody new, and the request as theirs. */
export interface Occasion {
  /** The procedure that is called. */
  readonly path: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  replaceInBody(body: Buffer): Buffer
}

export interface Occasions {
  begin(asked: Asked): Promise<Occasion>
}

export const routed = listProcedures(appRouter).filter(({ rest }) => rest !== null)

/** The path of a route as a pattern of the paths it takes. */
const patternOf = ({ rest }: Declared) =>
  new RegExp(`^${(rest?.rest.path ?? '').replaceAll(/\{\w+\}/g, '[^/]*')}$`)

const countNames = ({ rest }: Declared) => rest?.rest.path.split('{').length ?? 0

// As a server matches them: a path that names no id comes before one that does.
const routes = routed
  .toSorted((one, other) => countNames(one) - countNames(other))
  .map((procedure) => ({ procedure, pattern: patternOf(procedure) }))

function routeOf({ method, url }: Asked): Declared {
  const [path = ''] = url.split('?')
  const found = routes.find(
    ({ procedure, pattern }) => procedure.rest?.rest.method === method && pattern.test(path),
  )
  if (!found) throw new Error(`No route is like ${method} ${path}.`)
  return found.procedure
}

/** A caller who is let in, with a key where it is wanted, and the sample about them. */
export async function meet(world: World, procedure: Declared, withKey = false) {
  const callers = createCallers(world)
  const kind = servedKind(procedure)
  const subject = await createSubject(world, await world.createPerson())
  const caller = await callers(withKey && kind === 'oneself' ? 'own key' : kind, subject.person)
  const about =
    kind === 'admin' || kind === 'owner'
      ? await createSubject(world, caller.person ?? subject.person)
      : subject
  const input = await sampleOf(procedure, { world, subject: about, caller: caller.person })
  return { caller, input: input ?? {} }
}

/** Begins occasions in a world, for requests made of `examples`: one input a procedure. */
export function createOccasions(
  world: World,
  examples: ReadonlyMap<string, { readonly input: Input }>,
): Occasions {
  return {
    async begin(asked) {
      const procedure = routeOf(asked)
      const { caller, input } = await meet(world, procedure, asked.withKey)
      const named = examples.get(procedure.path)?.input ?? {}
      const { cookie, headers } = caller.asked
      const fields = { named, fresh: input, onlyKnown: onlyKnownTo(procedure.path, asked.isValid) }
      return {
        path: procedure.path,
        url: replaceInUrl(asked.url, fields),
        headers: { ...headers, ...(cookie !== undefined && { cookie }) },
        replaceInBody: (body) => replaceInJson(body, fields),
      }
    },
  }
}

/**
 * What a valid request cannot make up: no generator knows a password, a mailed token, or the next page; nor
 * what JSON Schema cannot say, such as which of two times comes first.
 */
function onlyKnownTo(path: string, isValid: boolean): readonly string[] {
  return isValid ? ['cursor', ...(stateful[path] ?? [])] : []
}

const stateful: Readonly<Record<string, readonly string[]>> = {
  'admin.auditEvents.list': ['since', 'until'],
  'admin.oauthClients.create': ['kind', 'organizationId', 'redirectUris', 'firstParty'],
  'admin.oauthClients.update': ['redirectUris', 'organizationId', 'firstParty'],
  'auth.email.confirm': ['token'],
  'auth.email.verify': ['token', 'password'],
  'auth.login': ['email', 'password'],
  'auth.mfa.recovery.verify': ['code'],
  'auth.mfa.totp.confirm': ['code'],
  'auth.mfa.totp.verify': ['code'],
  'auth.passkeys.login': ['response'],
  'auth.passkeys.register': ['response'],
  'auth.password.change': ['currentPassword'],
  'auth.password.reset': ['token'],
  'auth.stepUp': ['password', 'code'],
  'invitations.accept': ['token'],
  'organizations.invitations.create': ['role', 'roleId'],
  'organizations.members.update': ['role', 'roleId'],
}

interface Fields {
  /** What the example holds, and what stands for it now. */
  readonly named: Input
  readonly fresh: Input
  /** Replaced whatever the request holds, or left out where there is nothing for it. */
  readonly onlyKnown: readonly string[]
}

const isSame = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right)

function replaceInUrl(url: string, { named, fresh, onlyKnown }: Fields): string {
  const [path = '', query] = url.split('?')
  const segments = path.split('/').map((segment) => {
    const field = Object.keys(named).find((name) => String(named[name]) === decode(segment))
    return field === undefined ? segment : encodeURIComponent(String(fresh[field]))
  })
  const kept = query?.split('&').filter((pair) => !onlyKnown.includes(pair.split('=')[0] ?? ''))
  return segments.join('/') + (kept?.length ? `?${kept.join('&')}` : '')
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** A body that is an object, with its fields replaced; any other as it is. */
function replaceInJson(body: Buffer, { named, fresh, onlyKnown }: Fields): Buffer {
  const parsed = parse(body)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return body
  const entries = Object.entries(parsed).flatMap(([name, value]) => {
    if (onlyKnown.includes(name)) return []
    return [[name, isSame(named[name], value) && name in fresh ? fresh[name] : value]]
  })
  const known = onlyKnown.filter((name) => name in fresh).map((name) => [name, fresh[name]])
  return Buffer.from(JSON.stringify(Object.fromEntries([...entries, ...known])))
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
