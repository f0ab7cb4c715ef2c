export type EmbeddedPostgresErrorCode =
  | 'data_directory_incomplete'
  | 'directory_in_use'
  | 'initdb_failed'
  | 'port_taken'
  | 'start_failed'

/** Why the embedded Postgres did not start: `code` is for the caller, the message for a person. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode

  constructor(code: EmbeddedPostgresErrorCode, message: string) {
    super(message)
    this.name = 'EmbeddedPostgresError'
    this.code = code
  }
}
