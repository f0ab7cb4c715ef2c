import { AppError } from '@repo/errors'
import { ownershipOf } from './owned-models.ts'
import { type Arguments, isRecord, reachableRows } from './reachable-rows.ts'
import type { Scope } from './scope.ts'

const combinations: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT'])

/**
 * A condition that asks its relations over what the scope may read alone, however deep: a row that cannot be
 * seen cannot decide which others are. Throws FORBIDDEN for a relation that the scope may not read at all.
 */
export function scopeWhere(model: string, where: unknown, scope: Scope): Arguments | undefined {
  if (!isRecord(where)) return undefined
  const { relations } = ownershipOf(model)
  const scopeOne = (asked: unknown) => scopeWhere(model, asked, scope)
  const entries = Object.entries(where).map(([key, asked]) => {
    if (combinations.has(key)) {
      return [key, Array.isArray(asked) ? asked.map(scopeOne) : scopeOne(asked)]
    }
    const relation = Object.hasOwn(relations, key) ? relations[key] : undefined
    return [key, relation && asked !== undefined ? scopeRelation(relation, asked, scope) : asked]
  })
  return Object.fromEntries(entries)
}

type Related = (asked: unknown) => Arguments

function scopeRelation(
  relation: { readonly model: string; readonly list: boolean },
  asked: unknown,
  scope: Scope,
): Arguments {
  const { where: reachable } = reachableRows(relation.model, 'read', scope)
  const related: Related = (inner) => ({
    AND: [scopeWhere(relation.model, inner, scope) ?? {}, reachable],
  })
  return relation.list ? scopeList(asked, related, reachable) : scopeSingle(asked, related)
}

function scopeList(asked: unknown, related: Related, reachable: Arguments): Arguments {
  const { some, none, every } = isRecord(asked) ? asked : {}
  // Of every row that can be seen: there is none of them for which it does not hold.
  const broken = every === undefined ? [] : [{ AND: [reachable, { NOT: related(every) }] }]
  const absent = none === undefined ? [] : [related(none)]
  const never = [...absent, ...broken]
  return {
    ...(some === undefined ? {} : { some: related(some) }),
    ...(never.length === 0 ? {} : { none: { OR: never } }),
  }
}

/** One that cannot be seen is as one that is not there. */
function scopeSingle(asked: unknown, related: Related): Arguments {
  if (asked === null) return { isNot: related({}) }
  if (!isRecord(asked)) return {}
  if (!('is' in asked || 'isNot' in asked)) return { is: related(asked) }
  const { is, isNot } = asked
  const conditions = [
    ...(is === undefined ? [] : [is === null ? { isNot: related({}) } : { is: related(is) }]),
    ...(isNot === undefined
      ? []
      : [isNot === null ? { is: related({}) } : { isNot: related(isNot) }]),
  ]
  return Object.assign({}, ...conditions)
}

/** Throws for an order that tells of rows which the scope may not read, and for a cursor: page by a condition. */
export function refuseRevealingOrder(model: string, args: Arguments, scope: Scope): void {
  // Postgres takes a cursor's row from the whole table, whoever it belongs to.
  if (args['cursor'] !== undefined)
    throw new Error(`${model}: page by a condition, not by a cursor.`)
  for (const order of [args['orderBy']].flat()) refuseOrder(model, order, scope)
}

function refuseOrder(model: string, order: unknown, scope: Scope): void {
  const { relations } = ownershipOf(model)
  for (const [key, asked] of Object.entries(isRecord(order) ? order : {})) {
    const relation = Object.hasOwn(relations, key) ? relations[key] : undefined
    if (!relation) continue
    if (relation.list) throw new Error(`${model}: ${key} cannot be counted for an order.`)
    if (reachableRows(relation.model, 'read', scope).reach !== 'any')
      throw new AppError('forbidden')
    refuseOrder(relation.model, asked, scope)
  }
}
