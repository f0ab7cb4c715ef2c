import { AppError } from '@repo/errors'
import { ownershipOf } from './owned-models.ts'
import { type Arguments, isRecord, operationOf, reachableRows } from './reachable-rows.ts'
import type { Reach, Scope } from './scope.ts'
import { scopeSelection } from './scope-selection.ts'
import { refuseRevealingOrder, scopeWhere } from './scope-where.ts'

/** The arguments of a call, narrowed to what the scope reaches. */
export function scopeArguments(
  call: { readonly model: string; readonly method: string; readonly args: Arguments },
  scope: Scope,
): Arguments {
  const { model, method, args } = call
  const { reach, where } = reachableRows(model, operationOf(method), scope)
  refuseRevealingOrder(model, args, scope)
  const selected = scopeSelection(model, args, scope)
  if (method.startsWith('create')) {
    return { ...selected, data: ownData(model, args['data'], reach, scope) }
  }
  const narrowed = { ...selected, where: narrow(scopeWhere(model, args['where'], scope), where) }
  return 'data' in args ? { ...narrowed, data: unmovedData(model, args['data']) } : narrowed
}

/** Both must hold: a condition of the caller's, an OR included, can only take rows away. */
export function narrow(asked: unknown, reachable: Arguments): Arguments {
  if (!isRecord(asked)) return reachable
  const also = asked['AND'] === undefined ? [] : [asked['AND']].flat()
  return { ...asked, AND: [...also, reachable] }
}

/** A new row belongs to the caller's tenant, and to the caller unless the reach is `any`. */
function ownData(model: string, data: unknown, reach: Reach, scope: Scope): unknown {
  if (Array.isArray(data)) return data.map((row) => ownData(model, row, reach, scope))
  if (!isRecord(data)) throw new Error(`${model}: data must be an object.`)
  refuseRelations(model, data)
  const { tenant, user } = ownershipOf(model).owner
  // Where no column says whose a row is, none that is made is one's own.
  if (!user && reach !== 'any') throw new AppError('forbidden')
  const row: Record<string, unknown> = { ...data }
  if (tenant) row[tenant] = ownValue(data[tenant], scope.organizationId)
  if (user)
    row[user] = reach === 'any' ? (data[user] ?? scope.userId) : ownValue(data[user], scope.userId)
  return row
}

function ownValue(given: unknown, own: string | null): string {
  // Somebody else's id looks like one that does not exist.
  if (own === null || (given !== undefined && given !== own)) throw new AppError('not_found')
  return own
}

/** A change never moves a row to another owner or tenant. */
function unmovedData(model: string, data: unknown): unknown {
  if (!isRecord(data)) throw new Error(`${model}: data must be an object.`)
  refuseRelations(model, data)
  const moved = Object.values(ownershipOf(model).owner).filter((column) => column in data)
  if (moved.length > 0) throw new Error(`${model}: a change cannot set ${moved.join(', ')}.`)
  return data
}

function refuseRelations(model: string, data: Arguments): void {
  const { relations } = ownershipOf(model)
  const nested = Object.keys(data).filter((key) => Object.hasOwn(relations, key))
  if (nested.length > 0) {
    throw new Error(
      `${model}: write ${nested.join(', ')} by its own model; nested writes are refused.`,
    )
  }
}
