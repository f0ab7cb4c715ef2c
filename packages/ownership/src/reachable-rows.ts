import { AppError } from '@repo/errors'
import { ownershipOf } from './owned-models.ts'
import type { Operation, Scope } from './scope.ts'

export type Arguments = Readonly<Record<string, unknown>>

const operations: Readonly<Record<string, Operation>> = {
  findFirst: 'read',
  findFirstOrThrow: 'read',
  findUnique: 'read',
  findUniqueOrThrow: 'read',
  findMany: 'read',
  count: 'read',
  aggregate: 'read',
  groupBy: 'read',
  create: 'create',
  createMany: 'create',
  createManyAndReturn: 'create',
  update: 'update',
  updateMany: 'update',
  updateManyAndReturn: 'update',
  delete: 'delete',
  deleteMany: 'delete',
}

/** What a Prisma method does to rows; throws for one that cannot be scoped (upsert, raw SQL). */
export function operationOf(method: string): Operation {
  const operation = Object.hasOwn(operations, method) ? operations[method] : undefined
  if (!operation) throw new Error(`${method} cannot be scoped: use another method of the model.`)
  return operation
}

/** The rows of a model that the scope reaches with an operation; throws FORBIDDEN where it has no reach. */
export function reachableRows(model: string, operation: Operation, scope: Scope) {
  const ownership = ownershipOf(model)
  const reach = scope.reach(ownership.resource, operation)
  if (reach === null) throw new AppError('forbidden')
  return { reach, where: ownership[reach](scope) }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
