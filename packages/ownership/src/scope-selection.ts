import { AppError } from '@repo/errors'
import { ownershipOf } from './owned-models.ts'
import { type Arguments, isRecord, reachableRows } from './reachable-rows.ts'
import type { Scope } from './scope.ts'
import { refuseRevealingOrder, scopeWhere } from './scope-where.ts'

/** Narrows the relations that `select` and `include` name, however deep, to what the scope reaches. */
export function scopeSelection(model: string, args: Arguments, scope: Scope): Arguments {
  const scoped: Record<string, unknown> = { ...args }
  for (const part of ['select', 'include']) {
    const selection = args[part]
    if (isRecord(selection)) scoped[part] = scopeRelations(model, selection, scope)
  }
  return scoped
}

function scopeRelations(model: string, selection: Arguments, scope: Scope): Arguments {
  const { relations } = ownershipOf(model)
  const entries = Object.entries(selection).map(([key, asked]) => {
    if (key === '_count' && asked) throw new Error(`${model}: count a relation by its own model.`)
    const relation = Object.hasOwn(relations, key) ? relations[key] : undefined
    return [key, relation && asked ? scopeRelation(relation, asked, scope) : asked]
  })
  return Object.fromEntries(entries)
}

function scopeRelation(
  relation: { readonly model: string; readonly list: boolean },
  asked: unknown,
  scope: Scope,
): unknown {
  const { reach, where } = reachableRows(relation.model, 'read', scope)
  const given = isRecord(asked) ? asked : {}
  refuseRevealingOrder(relation.model, given, scope)
  const inner = scopeSelection(relation.model, given, scope)
  if (relation.list) {
    const also = scopeWhere(relation.model, given['where'], scope)
    return { ...inner, where: also ? { AND: [also, where] } : where }
  }
  // Prisma takes no condition on a single relation: only who reaches the whole tenant may follow it.
  if (reach !== 'any') throw new AppError('forbidden')
  return isRecord(asked) ? inner : asked
}
