import type { Node } from '@pgsql/types'
import { parse } from 'libpg-query'
import type { Kind, Step } from './step.ts'
import { stepsOfCommand } from './steps-of-alter-table.ts'
import { stepsOfStatement } from './steps-of-statement.ts'

const marks: Readonly<Record<Kind, string>> = {
  contract: 'since when nobody uses it',
  locks: 'why that is short',
}

/**
 * The steps of a migration that do not leave the running version alone, or keep a table locked for as long as it is large,
 * unless a comment right above the statement says why they may: `-- contract: …` or `-- locks: …`. What this does not know
 * counts as breaking. Sentences with lines; rejects what Postgres cannot read either.
 */
export async function findBreakingSteps(sql: string): Promise<readonly string[]> {
  const { stmts = [] } = await parse(sql)
  const bytes = Buffer.from(sql)
  const made = new Set<string>()
  return stmts.flatMap(({ stmt = {} as Node, stmt_location: start = 0 }) => {
    const before = bytes.subarray(0, start).toString()
    const line = before.split('\n').length
    const steps = made.has(tableOf(stmt) ?? '') ? [] : stepsOf(stmt)
    const table = tableMadeBy(stmt)
    if (table) made.add(table)
    return [
      ...(stmts.length > 1 ? findLonely(stmt) : []).map((what) => `line ${line}: ${what}`),
      ...steps
        .filter(({ kind }) => !isMarked(before, kind))
        .map(
          ({ kind, what }) =>
            `line ${line}: ${what}: say with "-- ${kind}: …" above it ${marks[kind]}`,
        ),
    ]
  })
}

function stepsOf(stmt: Node): readonly Step[] {
  if ('AlterTableStmt' in stmt) {
    const { cmds = [], objtype } = stmt.AlterTableStmt
    return cmds.flatMap((node) => stepsOfCommand(node, objtype))
  }
  return stepsOfStatement(stmt)
}

/** All statements of a file are one transaction, in which Postgres refuses these. */
function findLonely(stmt: Node): readonly string[] {
  const isConcurrent =
    ('IndexStmt' in stmt && stmt.IndexStmt.concurrent) ||
    ('DropStmt' in stmt && stmt.DropStmt.concurrent)
  return isConcurrent ? ['CONCURRENTLY has to be alone in its migration'] : []
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

/** Not one that may have been there before. */
function tableMadeBy(stmt: Node): string | undefined {
  const isNew = 'CreateStmt' in stmt && !stmt.CreateStmt.if_not_exists
  return isNew ? nameOf(stmt.CreateStmt.relation) : undefined
}

function tableOf(stmt: Node): string | undefined {
  if ('AlterTableStmt' in stmt) return nameOf(stmt.AlterTableStmt.relation)
  if ('IndexStmt' in stmt) return nameOf(stmt.IndexStmt.relation)
  if ('CreatePolicyStmt' in stmt) return nameOf(stmt.CreatePolicyStmt.table)
  if ('CreateTrigStmt' in stmt) return nameOf(stmt.CreateTrigStmt.relation)
  if ('GrantStmt' in stmt && stmt.GrantStmt.objtype === 'OBJECT_TABLE') {
    const [object, ...others] = stmt.GrantStmt.objects ?? []
    const isOne = others.length === 0 && object && 'RangeVar' in object
    return isOne ? nameOf(object.RangeVar) : undefined
  }
  return undefined
}
