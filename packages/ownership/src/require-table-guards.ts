import type { Database } from '@repo/database'
import { canonicalCondition } from './canonical-condition.ts'
import { type LivePolicy, type LiveTable, readLiveTables } from './live-tables.ts'
import { type Grants, type Policy, servingRole } from './serving-policies.ts'
import { listTableGuards, type TableGuard } from './table-guard.ts'

/** Throws, with every difference at once, when the database does not guard its tables as owned-models says. */
export async function requireTableGuards(database: Database): Promise<void> {
  const tables = await readLiveTables(database)
  // Of a role that stands above its tables requireServingRole has said so; nothing here would bind it.
  if (tables.some(({ isAbove }) => isAbove)) return
  const guards = listTableGuards()
  const known = new Set(guards.map(({ table }) => table))
  const strays = tables.filter(
    (each) => !known.has(each.table) && each.privileges.length > 0 && !isOfNextVersion(each),
  )
  const problems = [
    ...guards.flatMap((guard) => problemsOf(guard, tables)),
    ...tables.filter(isLoosePartition).map(({ table }) => `${table}: ${loosePartition}`),
    ...strays.map(
      ({ table }) => `${table}: the serving role reaches it, and it is no model's table`,
    ),
  ]
  if (problems.length === 0) return
  throw new Error(
    `The database's second lock is not what owned-models says:\n  ${problems.join('\n  ')}\n` +
      'Apply the migrations that are missing, or write the one that makes them agree.',
  )
}

/** A table that guards itself, which nothing here asks for: what a migration of the next version adds while this one runs. */
const isOfNextVersion = ({ isForced, isPartition, policies }: LiveTable) =>
  isForced && !isPartition && !policies.some(isOpen)

/** Every row of every tenant, to whoever serves. */
const isOpen = ({ isPermissive, using, check }: LivePolicy) =>
  isPermissive && [using, check].some((condition) => condition?.trim() === 'true')

const loosePartition = 'row-level security is not on and forced for this partition'
const isLoosePartition = ({ isPartition, isForced }: LiveTable) => isPartition && !isForced

function problemsOf(guard: TableGuard, tables: readonly LiveTable[]): readonly string[] {
  const live = tables.find(({ table }) => table === guard.table)
  if (!live) return [`${guard.table}: there is no such table`]
  const problems = [
    ...(live.isForced ? [] : ['row-level security is not on and forced']),
    ...policyProblems(guard.policies, live.policies),
    ...privilegeProblems(privilegesOf(guard.grants), live.privileges.filter(isKnownTo(guard))),
  ]
  return problems.map((problem) => `${guard.table}: ${problem}`)
}

/** Whether a privilege is for the table or for a column that this version has; the next may add columns. */
const isKnownTo =
  ({ columns }: TableGuard) =>
  (privilege: string) => {
    const at = privilege.indexOf('(')
    const column = at < 0 ? undefined : privilege.slice(at + 1, -1)
    return column === undefined || columns.includes(column)
  }

function policyProblems(wanted: readonly Policy[], live: readonly LivePolicy[]): string[] {
  const differing = wanted.flatMap((policy) => {
    const expected = describe({ ...policy, isPermissive: true, roles: [servingRole] })
    const found = live.find(({ name }) => name === policy.name)
    if (!found) return [`the policy ${policy.name} is missing`]
    const present = describe(found)
    return present === expected ? [] : [`the policy ${policy.name} is ${present}, not ${expected}`]
  })
  const extra = live.filter(({ name }) => !wanted.some((policy) => policy.name === name))
  return [
    ...differing,
    ...extra.map((policy) => `the policy ${policy.name} is one too many: ${describe(policy)}`),
  ]
}

function describe({ command, isPermissive, roles, using, check }: LivePolicy): string {
  return [
    `${isPermissive ? 'PERMISSIVE' : 'RESTRICTIVE'} FOR ${command} TO ${roles.join(', ')}`,
    ...(using ? [`USING ${canonicalCondition(using)}`] : []),
    ...(check ? [`WITH CHECK ${canonicalCondition(check)}`] : []),
  ].join(' ')
}

const privilegesOf = (grants: Grants): readonly string[] =>
  Object.entries(grants).flatMap(([name, on]) => {
    const privilege = name.toUpperCase()
    return on === true ? [privilege] : on.map((column: string) => `${privilege}(${column})`)
  })

function privilegeProblems(wanted: readonly string[], live: readonly string[]): string[] {
  return [
    ...wanted
      .filter((privilege) => !live.includes(privilege))
      .map((privilege) => `the serving role lacks ${privilege}`),
    ...live
      .filter((privilege) => !wanted.includes(privilege))
      .map((privilege) => `the serving role has ${privilege}, which is one too many`),
  ]
}
