import type { AlterTableCmd, ColumnDef, Constraint, Node } from '@pgsql/types'
import { parse } from 'libpg-query'

/** What the version that still runs cannot take, and what keeps a table from it for as long as the table is large. */
type Kind = 'contract' | 'locks'
interface Step {
  readonly kind: Kind
  readonly what: string
}

const marks: Readonly<Record<Kind, string>> = {
  contract: 'since when nobody uses it',
  locks: 'why that is short',
}
/** What queries name. Indexes, policies and triggers are named by none. */
const named: Readonly<Record<string, string>> = {
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
}

/**
 * The steps of a migration that do not leave the running version alone, unless a line above the statement says why they
 * may: `-- contract: …` or `-- locks: …`. Sentences with lines; rejects what Postgres cannot read either.
 */
export async function findBreakingSteps(sql: string): Promise<readonly string[]> {
  const { stmts = [] } = await parse(sql)
  const bytes = Buffer.from(sql)
  const made = new Set(stmts.flatMap(({ stmt }) => tableMadeBy(stmt) ?? []))
  return stmts.flatMap(({ stmt, stmt_location: start = 0 }) => {
    const before = bytes.subarray(0, start).toString()
    const line = before.split('\n').length
    const isNew = made.has(tableOf(stmt) ?? '')
    return (isNew ? [] : stepsOf(stmt))
      .filter(({ kind }) => !isMarked(before, kind))
      .map(
        ({ kind, what }) =>
          `line ${line}: ${what}: say with "-- ${kind}: …" above it ${marks[kind]}`,
      )
  })
}

/** Comments right above the statement. */
function isMarked(before: string, kind: Kind): boolean {
  const lines = before.trimEnd().split('\n').reverse()
  const end = lines.findIndex((line) => !line.startsWith('--'))
  const comments = lines.slice(0, end === -1 ? lines.length : end)
  return comments.some((line) => new RegExp(`^-- ${kind}: \\S.{9,}`).test(line))
}

const nameOf = (
  relation: { readonly schemaname?: string; readonly relname?: string } | undefined,
) => relation && `${relation.schemaname ?? 'public'}.${relation.relname}`

function tableMadeBy(stmt: Node | undefined): string | undefined {
  if (stmt && 'CreateStmt' in stmt) return nameOf(stmt.CreateStmt.relation)
  return undefined
}

function tableOf(stmt: Node | undefined): string | undefined {
  if (!stmt) return undefined
  if ('AlterTableStmt' in stmt) return nameOf(stmt.AlterTableStmt.relation)
  if ('IndexStmt' in stmt) return nameOf(stmt.IndexStmt.relation)
  return undefined
}

function stepsOf(stmt: Node | undefined): readonly Step[] {
  if (!stmt) return []
  if ('DropStmt' in stmt) return contract('drops', stmt.DropStmt.removeType)
  if ('RenameStmt' in stmt) return contract('renames', stmt.RenameStmt.renameType)
  if ('AlterObjectSchemaStmt' in stmt)
    return contract('moves', stmt.AlterObjectSchemaStmt.objectType)
  if ('TruncateStmt' in stmt) return [{ kind: 'contract', what: 'empties a table' }]
  if ('AlterEnumStmt' in stmt && stmt.AlterEnumStmt.oldVal !== undefined) {
    return [{ kind: 'contract', what: 'renames a value' }]
  }
  if ('IndexStmt' in stmt && !stmt.IndexStmt.concurrent) {
    return [{ kind: 'locks', what: 'keeps writers waiting while an index is made' }]
  }
  if ('AlterTableStmt' in stmt) return (stmt.AlterTableStmt.cmds ?? []).flatMap(stepsOfCommand)
  if ('DoStmt' in stmt && /\b(drop|alter|rename|truncate)\b/i.test(JSON.stringify(stmt.DoStmt))) {
    return [{ kind: 'contract', what: 'does by itself what nobody can read here' }]
  }
  return []
}

const contract = (verb: string, type: string | undefined): readonly Step[] => {
  const what = named[type ?? '']
  return what === undefined ? [] : [{ kind: 'contract', what: `${verb} ${what}` }]
}

function stepsOfCommand(node: Node): readonly Step[] {
  const command: AlterTableCmd = 'AlterTableCmd' in node ? node.AlterTableCmd : {}
  const { subtype, def } = command
  switch (subtype) {
    case 'AT_DropColumn':
      return contract('drops', 'OBJECT_COLUMN')
    case 'AT_SetNotNull':
      return [{ kind: 'contract', what: 'refuses what the running version may leave out' }]
    case 'AT_AlterColumnType':
      return [
        { kind: 'contract', what: 'changes the type of a column' },
        { kind: 'locks', what: 'writes a table anew' },
      ]
    case 'AT_AddColumn':
      return def && 'ColumnDef' in def ? stepsOfColumn(def.ColumnDef) : []
    case 'AT_AddConstraint':
      return def && 'Constraint' in def ? stepsOfConstraint(def.Constraint) : []
    default:
      return []
  }
}

function stepsOfColumn({ constraints = [] }: ColumnDef): readonly Step[] {
  const all = constraints.flatMap((node) => ('Constraint' in node ? [node.Constraint] : []))
  const has = (type: string) => all.some(({ contype }) => contype === type)
  const isFilled = has('CONSTR_DEFAULT') || has('CONSTR_IDENTITY') || has('CONSTR_GENERATED')
  const steps: Step[] = []
  if (has('CONSTR_NOTNULL') && !isFilled) {
    steps.push({ kind: 'contract', what: 'adds a column that the running version cannot fill' })
  }
  if (has('CONSTR_IDENTITY') || has('CONSTR_GENERATED') || all.some(isVolatileDefault)) {
    steps.push({ kind: 'locks', what: 'writes a table anew' })
  }
  return steps
}

/** now() is worked out once; what may differ from row to row, such as gen_random_uuid(), for each. */
function isVolatileDefault({ contype, raw_expr: value }: Constraint): boolean {
  const text = JSON.stringify(value ?? null)
  return (
    contype === 'CONSTR_DEFAULT' && text.includes('"FuncCall"') && !text.includes('"sval":"now"')
  )
}

function stepsOfConstraint({ contype, skip_validation: isLater }: Constraint): readonly Step[] {
  const isRead = contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN'
  if (isRead && !isLater) {
    return [
      {
        kind: 'locks',
        what: 'reads a whole table: NOT VALID first, VALIDATE in the migration after',
      },
    ]
  }
  const isIndex = contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY'
  return isIndex ? [{ kind: 'locks', what: 'keeps writers waiting while an index is made' }] : []
}
