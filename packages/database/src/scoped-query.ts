import pg from 'pg'
import type { RowScope } from './scope.ts'

export const scopeStatement = {
  name: 'rampart_scope',
  text: "SELECT set_config('app.user_id', $1, true), set_config('app.organization_id', $2, true)",
}

export const scopeValues = (scope: RowScope) => [scope.userId, scope.organizationId ?? '']

/** What this file uses of pg's wire connection, which its types leave out (docs/seams.md). */
interface WireConnection {
  parse(message: { text: string; name?: string }): void
  bind(message: { portal: string; statement: string; values: readonly string[] }): void
  execute(message: { portal: string }): void
}

interface WireQuery {
  prepare(connection: WireConnection): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: WireConnection): void
}

// Parse boundary: pg's Query is a submittable whose wire methods are not in its types.
const Query = pg.Query as unknown as new (config: pg.QueryConfig) => pg.Submittable & WireQuery

/**
 * A query that carries its row scope: both go out before one Sync, so they are one implicit
 * transaction and one round trip, and the setting is gone with it, after errors too.
 */
export class ScopedQuery extends Query {
  readonly #scope: RowScope
  readonly #named: boolean
  #scopeIsSet = false

  constructor(config: pg.QueryConfig, scope: RowScope, options: { readonly named: boolean }) {
    super(config)
    this.#scope = scope
    this.#named = options.named
  }

  override prepare(connection: WireConnection): void {
    // A pooler in transaction mode may hand over a connection that never prepared the statement.
    if (!this.#named) connection.parse({ text: scopeStatement.text })
    const statement = this.#named ? scopeStatement.name : ''
    connection.bind({ portal: '', statement, values: scopeValues(this.#scope) })
    connection.execute({ portal: '' })
    super.prepare(connection)
  }

  /** Without this, a query without values would go out unprepared and without its scope. */
  requiresPreparation(): boolean {
    return true
  }

  override handleDataRow(message: unknown): void {
    if (this.#scopeIsSet) super.handleDataRow(message)
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.#scopeIsSet) super.handleCommandComplete(message, connection)
    this.#scopeIsSet = true
  }
}
