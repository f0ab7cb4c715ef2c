import type { Database } from '@repo/database'

/** Puts a question to one of the functions in the schema `identity`, the only way to credentials (decision 8). */
export type AskIdentity = <Row extends object>(
  name: string,
  ...values: readonly unknown[]
) => Promise<readonly Row[]>

export const createAskIdentity = (database: Database): AskIdentity =>
  createAsk(database, 'identity')

/** The same to those in the schema `platform`, which its administrators' role alone may ask. */
export const createAskPlatform = (database: Database): AskIdentity =>
  createAsk(database, 'platform')

function createAsk(database: Database, schema: 'identity' | 'platform'): AskIdentity {
  return <Row extends object>(name: string, ...values: readonly unknown[]) => {
    const places = values.map((_, index) => `$${index + 1}`).join(', ')
    const text = `SELECT * FROM ${schema}.${name}(${places})`
    return database.query<Row & Record<string, unknown>>({
      name: `${schema}_${name}`,
      text,
      values,
    })
  }
}
