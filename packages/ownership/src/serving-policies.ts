/** One policy of row-level security for the serving role; conditions are SQL. */
export interface Policy {
  readonly name: string
  readonly command: 'ALL' | 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE'
  readonly using?: string
  readonly check?: string
}

/** What the serving role may do in a table: in all columns, or in those named. */
export interface Grants<Column extends string = string> {
  readonly select?: true | readonly Column[]
  readonly insert?: true | readonly Column[]
  readonly update?: true | readonly Column[]
  readonly delete?: true
}

export const servingRole = 'rampart_app'

/** The conditions that policies are made of; a subselect is asked once for each query, not for each row. */
export const sees = {
  tenant: (column: string) => `"${column}" = (SELECT app.organization_id())`,
  user: (column: string) => `"${column}" = (SELECT app.user_id())`,
  /** Whether a membership that lasts leads to the row: of the caller, or in the caller's organization. */
  member: (leadsTo: string, caller: 'user_id' | 'organization_id') =>
    `EXISTS (SELECT FROM "memberships" m WHERE ${leadsTo} AND m."${caller}" = (SELECT app.${caller}()) AND m."removed_at" IS NULL)`,
}
