import type { GrantStmt, Node } from '@pgsql/types'
import { contract, locks, type Step } from './step.ts'

/** Statements that add, or change nothing that a query names. */
const harmless: ReadonlySet<string> = new Set([
  ...['CreateStmt', 'CreateEnumStmt', 'CreateDomainStmt', 'CompositeTypeStmt', 'CreateSchemaStmt'],
  ...[
    'CreateSeqStmt',
    'CreateFunctionStmt',
    'CreateExtensionStmt',
    'CreateTableAsStmt',
    'ViewStmt',
  ],
  ...['AlterDefaultPrivilegesStmt', 'AlterOwnerStmt', 'CommentStmt', 'SelectStmt', 'InsertStmt'],
  ...['VariableSetStmt', 'CreateStatsStmt', 'AlterFunctionStmt', 'AlterSeqStmt', 'DefineStmt'],
])
const dropped: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'a table',
  OBJECT_COLUMN: 'a column',
  OBJECT_VIEW: 'a view',
  OBJECT_MATVIEW: 'a view',
  OBJECT_TYPE: 'a type',
  OBJECT_ATTRIBUTE: 'a part of a type',
  OBJECT_DOMAIN: 'a type',
  OBJECT_SEQUENCE: 'a sequence',
  OBJECT_SCHEMA: 'a schema',
  OBJECT_FUNCTION: 'a function',
  OBJECT_PROCEDURE: 'a function',
  OBJECT_ROUTINE: 'a function',
  OBJECT_AGGREGATE: 'a function',
  OBJECT_EXTENSION: 'an extension',
  OBJECT_TRIGGER: 'a trigger',
  OBJECT_POLICY: 'a policy',
  OBJECT_RULE: 'a rule',
}

/** What a statement other than ALTER TABLE does to whoever runs. */
export function stepsOfStatement(stmt: Node): readonly Step[] {
  if ('DropStmt' in stmt) return named('drops', stmt.DropStmt.removeType)
  if ('RenameStmt' in stmt) return named('renames', stmt.RenameStmt.renameType)
  if ('AlterObjectSchemaStmt' in stmt) return named('moves', stmt.AlterObjectSchemaStmt.objectType)
  if ('AlterEnumStmt' in stmt) {
    return stmt.AlterEnumStmt.oldVal === undefined ? [] : contract('renames a value')
  }
  if ('IndexStmt' in stmt) {
    const { concurrent, unique } = stmt.IndexStmt
    return [
      ...(concurrent ? [] : locks('keeps writers waiting while an index is made')),
      ...(unique ? contract('refuses what the running version may write') : []),
    ]
  }
  if ('GrantStmt' in stmt) return stepsOfGrant(stmt.GrantStmt)
  if ('CreatePolicyStmt' in stmt || 'AlterPolicyStmt' in stmt) {
    return contract(
      'changes the policies of a table, over which the running version does not start',
    )
  }
  if ('CreateTrigStmt' in stmt) return contract('does more at what the running version writes')
  if ('TruncateStmt' in stmt || 'DeleteStmt' in stmt) return contract('takes rows away')
  if ('UpdateStmt' in stmt) return locks('writes rows anew')
  if ('DoStmt' in stmt) return stepsOfBlock(JSON.stringify(stmt.DoStmt))
  const [kind = 'nothing'] = Object.keys(stmt)
  return harmless.has(kind) ? [] : contract(`does what this check does not know (${kind})`)
}

/** Of an index nobody asks by its name. */
const named = (verb: string, type: string | undefined): readonly Step[] =>
  type === 'OBJECT_INDEX' || type === 'OBJECT_TABCONSTRAINT'
    ? []
    : contract(`${verb} ${dropped[type ?? ''] ?? `what this check does not know (${type})`}`)

/** Rights in columns are those of new ones, or of no one's; in a whole table the running version has what it wants. */
function stepsOfGrant({ is_grant: isGrant, objtype, privileges = [] }: GrantStmt): readonly Step[] {
  if (!isGrant) return contract('takes a right away')
  const isOfColumns = privileges.every(
    (node) => 'AccessPriv' in node && node.AccessPriv.cols?.length,
  )
  const isWhole = objtype === 'OBJECT_TABLE' && !(privileges.length > 0 && isOfColumns)
  return isWhole
    ? contract('gives a right in a table, over which the running version does not start')
    : []
}

const stepsOfBlock = (text: string) =>
  /\b(execute|drop|alter|rename|truncate|delete|update|revoke)\b/i.test(text)
    ? contract('does by itself what nobody can read here')
    : []
