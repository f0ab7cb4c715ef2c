const maxNames = 500

/**
 * Names one prepared statement for each SQL text (Postgres then plans it once per connection);
 * past 500 texts the rest go unnamed, so that generated SQL cannot fill the server's memory.
 */
export function createStatementNames(): (query: { readonly sql: string }) => string {
  const names = new Map<string, string>()
  return ({ sql }) => {
    const known = names.get(sql)
    if (known) return known
    if (names.size >= maxNames) return ''
    const name = `rampart_${names.size}`
    names.set(sql, name)
    return name
  }
}
