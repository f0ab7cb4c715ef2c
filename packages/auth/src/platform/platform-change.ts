import { AppError } from '@repo/errors'

/** What an administrator changed, as the audit log keeps it. */
export interface PlatformChange {
  readonly before: State | null
  readonly after: State | null
}

export type State = Readonly<Record<string, string | number | boolean | readonly string[] | null>>

/** How the database decided on a change. */
export interface ChangeRow extends PlatformChange {
  readonly outcome:
    | 'done'
    | 'forbidden'
    | 'not_found'
    | 'oneself'
    | 'taken'
    | 'untouchable'
    | 'no_secret'
    | 'unrestorable'
}

const conflicts: Partial<Record<ChangeRow['outcome'], string>> = {
  oneself: 'This cannot be done to oneself: ask another administrator.',
  taken: 'This address has an account already.',
  no_secret: 'This client has no secret.',
  unrestorable: 'It was deleted more than 30 days ago, or has no owner who could log in.',
  untouchable:
    'Nobody acts as somebody who is suspended, unverified or has a role on the platform.',
}

/** The row of a change that was made; throws for one that was refused. */
export function requireChange<Row extends ChangeRow>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row?.outcome === 'done') return row
  if (row?.outcome === 'forbidden' || row?.outcome === 'not_found') throw new AppError(row.outcome)
  const detail = row && conflicts[row.outcome]
  throw new AppError(detail ? 'conflict' : 'internal', detail ? { detail } : {})
}

export const toChange = ({ before, after }: PlatformChange): PlatformChange => ({ before, after })
