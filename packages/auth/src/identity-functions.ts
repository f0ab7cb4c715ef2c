import type { Database } from '@repo/database'

/** Puts a question to one of the functions in the schema `identity`, the only way to credentials (decision 8). */
export type AskIdentity = <Row extends object>(
  name: string,
  ...values: readonly unknown[]
) => Promise<readonly Row[]>

export function createAskIdentity(database: Database): AskIdentity {
  return <Row extends object>(name: string, ...values: readonly unknown[]) => {
    const places = values.map((_, index) => `$${index + 1}`).join(', ')
    const text = `SELECT * FROM identity.${name}(${places})`
    return database.query<Row & Record<string, unknown>>({ name: `identity_${name}`, text, values })
  }
}
