import type { AlterTableCmd, ColumnDef, Constraint, Node } from '@pgsql/types'
import { contract, locks, type Step } from './step.ts'

/** What changes neither what may be written nor where it is. */
const harmless: ReadonlySet<string> = new Set([
  ...[
    'AT_DropNotNull',
    'AT_ValidateConstraint',
    'AT_SetStatistics',
    'AT_SetStorage',
    'AT_SetOptions',
  ],
  ...[
    'AT_SetCompression',
    'AT_SetRelOptions',
    'AT_ResetRelOptions',
    'AT_ChangeOwner',
    'AT_AttachPartition',
  ],
  ...['AT_EnableRowSecurity', 'AT_ForceRowSecurity'],
])

/** What one command of an ALTER TABLE does to whoever runs. */
export function stepsOfCommand(node: Node, objtype = 'OBJECT_TABLE'): readonly Step[] {
  const { subtype, def }: AlterTableCmd = 'AlterTableCmd' in node ? node.AlterTableCmd : {}
  switch (subtype) {
    case 'AT_DropColumn':
      return contract('drops a column')
    case 'AT_SetNotNull':
      return contract('refuses what the running version may leave out')
    case 'AT_ColumnDefault':
      return def ? [] : contract('refuses what the running version may leave out')
    case 'AT_AlterColumnType':
      return [...contract('changes the type of a column'), ...locks('writes a table anew')]
    case 'AT_AddColumn':
      return def && 'ColumnDef' in def ? stepsOfColumn(def.ColumnDef) : []
    case 'AT_AddConstraint':
      return def && 'Constraint' in def ? stepsOfConstraint(def.Constraint) : []
    case 'AT_DropConstraint':
      return contract('drops a constraint, which ON CONFLICT may name')
    default:
      return harmless.has(String(subtype)) && objtype !== 'OBJECT_TYPE'
        ? []
        : contract(`does what this check does not know (${subtype})`)
  }
}

function stepsOfColumn({ constraints = [], typeName }: ColumnDef): readonly Step[] {
  const all = constraints.flatMap((node) => ('Constraint' in node ? [node.Constraint] : []))
  const has = (...types: readonly string[]) =>
    all.some(({ contype }) => types.includes(String(contype)))
  const isSerial = /serial/.test(JSON.stringify(typeName ?? null))
  const isCounted = isSerial || has('CONSTR_IDENTITY', 'CONSTR_GENERATED')
  const isFilled = isCounted || all.some(isValue)
  return [
    ...(has('CONSTR_NOTNULL', 'CONSTR_PRIMARY') && !isFilled
      ? contract('adds a column that the running version cannot fill')
      : []),
    ...(isCounted || all.some(isVolatile) ? locks('writes a table anew') : []),
    ...(has('CONSTR_UNIQUE', 'CONSTR_PRIMARY')
      ? locks('keeps writers waiting while an index is made')
      : []),
    ...(has('CONSTR_CHECK', 'CONSTR_FOREIGN') && isFilled ? locks('reads a whole table') : []),
  ]
}

const isValue = ({ contype, raw_expr: value }: Constraint) =>
  contype === 'CONSTR_DEFAULT' && !/"isnull":true/.test(JSON.stringify(value ?? null))

/** now() is worked out once; what may differ from row to row, such as gen_random_uuid(), for each. */
const stable: ReadonlySet<string> = new Set(['now', 'transaction_timestamp'])
function isVolatile({ contype, raw_expr: value }: Constraint): boolean {
  const calls = JSON.stringify(value ?? null).match(/"FuncCall":\{"funcname":\[.*?\]/g) ?? []
  const names = calls.map((call) => /"sval":"(\w+)"\}\}\]$/.exec(call)?.[1] ?? '')
  return contype === 'CONSTR_DEFAULT' && names.some((name) => !stable.has(name))
}

function stepsOfConstraint(constraint: Constraint): readonly Step[] {
  const { contype, skip_validation: isLater, indexname } = constraint
  const refuses = contract('refuses what the running version may write')
  if (contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN' || contype === 'CONSTR_NOTNULL') {
    const reads = locks('reads a whole table: NOT VALID first, VALIDATE in the migration after')
    return isLater ? refuses : [...refuses, ...reads]
  }
  return indexname
    ? refuses
    : [...refuses, ...locks('keeps writers waiting while an index is made')]
}
