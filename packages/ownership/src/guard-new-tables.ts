import type { Grants, Policy } from './serving-policies.ts'
import { servingRole } from './serving-policies.ts'
import { listTableGuards, type TableGuard } from './table-guard.ts'

const serial = /^ *"(?<column>[^"]+)" (?:BIG|SMALL)?SERIAL\b/gm

/**
 * The SQL that guards every table which this SQL creates, as owned-models says: row-level security, grants,
 * policies. Throws, naming them, when there are tables of no model that is listed there.
 */
export function guardNewTables(sql: string): string {
  const created = sql
    .split(/^CREATE TABLE "/m)
    .slice(1)
    .map(readTable)
  const guards = new Map(listTableGuards().map((guard) => [guard.table, guard]))
  const unlisted = created.flatMap(({ table }) => (guards.has(table) ? [] : [table]))
  if (unlisted.length > 0) {
    throw new Error(
      `Whose the rows of ${unlisted.join(', ')} are is not said in packages/ownership/src/owned-models.ts.`,
    )
  }
  return created
    .map(({ table, columns }) => {
      const guard = guards.get(table)
      const serials = [...columns.matchAll(serial)].map(({ groups }) => groups?.['column'] ?? '')
      return guard ? `\n${guardTable(guard, serials)}\n` : ''
    })
    .join('')
}

/** The name of a table and what stands between its parentheses; `text` begins with the name. */
const readTable = (text: string) => ({
  table: text.slice(0, text.indexOf('"')),
  columns: text.slice(0, text.indexOf('\n);')),
})

/** Row-level security, grants and policies of one table; `serials` are its columns that count by themselves. */
export function guardTable(guard: TableGuard, serials: readonly string[] = []): string {
  const { model, table, policies } = guard
  const grants = grantsOf(guard.grants)
  const inserts = guard.grants.insert !== undefined
  return [
    `-- Whose the rows of "${table}" are: ${model} in owned-models.`,
    `ALTER TABLE "${table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
    ...(grants ? [`GRANT ${grants} ON "${table}" TO ${servingRole};`] : []),
    ...(inserts ? serials.map((column) => grantSequence(table, column)) : []),
    ...policies.map((policy) => createPolicy(table, policy)),
    `CREATE POLICY owner_migrates ON "${table}" TO rampart_owner USING (true) WITH CHECK (true);`,
  ].join('\n')
}

const grantSequence = (table: string, column: string) =>
  `GRANT USAGE ON SEQUENCE "${table}_${column}_seq" TO ${servingRole};`

const grantsOf = (grants: Grants): string =>
  Object.entries(grants)
    .map(([name, on]) => {
      const privilege = name.toUpperCase()
      return on === true ? privilege : `${privilege} (${on.map(quote).join(', ')})`
    })
    .join(', ')

const quote = (name: string) => `"${name}"`

function createPolicy(table: string, { name, command, using, check }: Policy): string {
  const which = command === 'ALL' ? '' : ` FOR ${command}`
  return [
    `CREATE POLICY ${name} ON "${table}"${which} TO ${servingRole}`,
    ...(using ? [`  USING (${using})`] : []),
    ...(check ? [`  WITH CHECK (${check})`] : []),
  ]
    .join('\n')
    .concat(';')
}
