import { dataModel, type ModelShape } from '@repo/database'
import { ownedModels } from './owned-models.ts'
import { isRecord } from './reachable-rows.ts'
import { type Grants, type Policy, sees } from './serving-policies.ts'

/** What the serving role may do in one table, and to which rows of it. */
export interface TableGuard {
  readonly model: string
  readonly table: string
  /** Those that this version knows. */
  readonly columns: readonly string[]
  readonly policies: readonly Policy[]
  readonly grants: Grants
}

const everything: Grants = { select: true, insert: true, update: true, delete: true }

/** Every model's table, as owned-models has it guarded. */
export const listTableGuards = (): readonly TableGuard[] =>
  Object.keys(ownedModels).map(tableGuardOf)

/**
 * The guard of a model's table: what owned-models states, and what follows from whose it is. An open model's
 * rows are those of the caller's tenant; a closed one has no rows for the serving role.
 */
export function tableGuardOf(model: string): TableGuard {
  const ownership: unknown = Reflect.get(ownedModels, model)
  const shape = dataModel[model]
  if (!isRecord(ownership) || !shape) throw new Error(`${model} is no model of owned-models.`)
  const isClosed = 'closed' in ownership
  // Parse boundary: the list's own type says that these are what they are.
  const { policies, grants } = ownership as { policies?: readonly Policy[]; grants?: Grants }
  return {
    model,
    table: shape.table,
    columns: shape.fields.map(({ column }) => column),
    policies: policies ?? (isClosed ? [] : [tenantPolicy(model, shape)]),
    grants: toColumns(shape, grants ?? (isClosed ? {} : everything)),
  }
}

function tenantPolicy(model: string, shape: ModelShape): Policy {
  const ownership: { owner?: { tenant?: string } } = Reflect.get(ownedModels, model)
  const tenant = ownership.owner?.tenant
  const column = shape.fields.find(({ name }) => name === tenant)?.column
  if (!column) throw new Error(`${model} has no tenant: owned-models has to state its policies.`)
  const condition = sees.tenant(column)
  return { name: 'tenant', command: 'ALL', using: condition, check: condition }
}

/** The list names fields; the database has columns. */
function toColumns({ fields }: ModelShape, grants: Grants): Grants {
  const columnOf = (name: string) => fields.find((field) => field.name === name)?.column ?? name
  return Object.fromEntries(
    Object.entries(grants).map(([privilege, on]) => [
      privilege,
      on === true ? on : on.map(columnOf).toSorted(),
    ]),
  )
}
