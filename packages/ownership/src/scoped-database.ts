import { type Database, toAppError, withRowScope } from '@repo/database'
import { AppError } from '@repo/errors'
import { ownershipOf } from './owned-models.ts'
import { type Arguments, isRecord, operationOf, reachableRows } from './reachable-rows.ts'
import type { Operation, Scope } from './scope.ts'
import { scopeArguments } from './scope-arguments.ts'
import { scopeWhere } from './scope-where.ts'
import type { Delegates } from './scoped-delegate.ts'
import { narrowToSeen, versionsFor } from './seen-versions.ts'

/** Prisma's models, each narrowed to one caller's scope; the only database a handler can name. */
export interface ScopedDatabase extends Delegates {
  /** Runs `task` in one transaction of the same scope; it is rolled back when `task` throws. */
  transaction<T>(task: (db: Delegates) => Promise<T>): Promise<T>
}

type Method = (args: Arguments) => Promise<unknown>
type Delegate = Readonly<Record<string, Method>>
type Client = Readonly<Record<string, Delegate>>

/** The scoped client of one caller. Every query also carries the scope to row-level security. */
export function scopeDatabase(database: Database, scope: Scope): ScopedDatabase {
  const { prisma } = database
  // Parse boundary: Prisma's generated overloads stand behind one shape here.
  const delegates = scopeDelegates(prisma as unknown as Client, scope)
  const transaction = (task: (db: Delegates) => Promise<unknown>) =>
    withRowScope(scope, () =>
      prisma.$transaction((client) =>
        task(scopeDelegates(client as unknown as Client, scope) as unknown as Delegates),
      ),
    ).catch((error: unknown) => {
      const meaning = toAppError(error)
      // What the database did not say is the task's own error, and stays as it is.
      throw meaning.code === 'internal' ? error : meaning
    })
  return new Proxy(Object.create(null), {
    get: (_, key) => (key === 'transaction' ? transaction : Reflect.get(delegates, key)),
  })
}

/** Resolves `order` to the scoped delegate of Order, and nothing that is not an open model. */
function scopeDelegates(client: Client, scope: Scope): object {
  return new Proxy(Object.create(null), {
    get(_, key) {
      // An object with a `then` would be taken for a promise.
      if (typeof key !== 'string' || key === 'then') return undefined
      const model = key.charAt(0).toUpperCase() + key.slice(1)
      ownershipOf(model)
      const delegate = client[key]
      if (!delegate) throw new Error(`There is no model ${model}.`)
      return scopeDelegate(delegate, model, scope)
    },
  })
}

function scopeDelegate(delegate: Delegate, model: string, scope: Scope): object {
  return new Proxy(Object.create(null), {
    get(_, method) {
      if (typeof method !== 'string' || method === 'then') return undefined
      operationOf(method)
      return (args: Arguments = {}) =>
        withRowScope(scope, () => callScoped(delegate, { model, method, args }, scope))
    },
  })
}

// Prisma merges findUnique calls of one tick, across requests, and runs them in the first caller's
// scope (docs/decisions/0004): the same rows come by findFirst.
const singly: Readonly<Record<string, string>> = {
  findUnique: 'findFirst',
  findUniqueOrThrow: 'findFirstOrThrow',
}

async function callScoped(
  delegate: Delegate,
  call: { readonly model: string; readonly method: string; readonly args: Arguments },
  scope: Scope,
): Promise<unknown> {
  const unique = Object.hasOwn(singly, call.method)
  const method = delegate[singly[call.method] ?? call.method]
  if (!method) throw new Error(`${call.model} has no method ${call.method}.`)
  const asked = unique ? { ...call.args, where: flatten(call.args['where']) } : call.args
  try {
    const args = scopeArguments({ ...call, args: asked }, scope)
    return await method(narrowToSeen({ ...call, args }, scope))
  } catch (error) {
    if (call.method.startsWith('delete') && isReferredTo(error)) throw inUse(call.model, error)
    const changes = ['update', 'delete'].includes(call.method)
    if (!changes || !isMissing(error)) throw toAppError(error)
    throw await whyNot(delegate, { ...call, args: asked }, scope).catch(toAppError)
  }
}

/**
 * A row that cannot be read is NOT_FOUND; one that can be changed has changed since the caller saw it;
 * any other is FORBIDDEN.
 */
async function whyNot(
  delegate: Delegate,
  call: { readonly model: string; readonly method: string; readonly args: Arguments },
  scope: Scope,
): Promise<AppError> {
  const { model, method, args } = call
  const asked = scopeWhere(model, flatten(args['where']), scope)
  const finds = (operation: Operation) => {
    const { where } = reachableRows(model, operation, scope)
    return delegate['findFirst']?.({ where: { AND: [asked, where] } })
  }
  if (!(await finds('read'))) return new AppError('not_found')
  const hasChanged = versionsFor(call, scope) !== null && (await finds(operationOf(method)))
  return new AppError(hasChanged ? 'precondition_failed' : 'forbidden')
}

const isMissing = (error: unknown) => isRecord(error) && error['code'] === 'P2025'
const isReferredTo = (error: unknown) => isRecord(error) && error['code'] === 'P2003'

function inUse(model: string, cause: unknown): AppError {
  const { inUse: detail } = ownershipOf(model)
  return new AppError('conflict', { ...(detail && { detail }), cause })
}

/** `{ a_b: { a, b } }`, a compound unique key, as the plain condition `{ a, b }`. */
function flatten(where: unknown): Arguments {
  if (!isRecord(where)) return {}
  const entries = Object.entries(where).flatMap(([key, value]) =>
    key.includes('_') && isRecord(value) ? Object.entries(value) : [[key, value] as const],
  )
  return Object.fromEntries(entries)
}
