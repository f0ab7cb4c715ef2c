import type { Database } from '@repo/database'
import type { Passwords } from './passwords.ts'

export interface PasswordLogin {
  /** The user whose e-mail and password these are; null for anything else, after the same work. */
  check(email: string, password: string): Promise<string | null>
}

interface PasswordRow {
  readonly user_id: string
  readonly hash: string
  readonly disabled: boolean
}

/** Log-in by e-mail and password: unknown, wrong and disabled look and cost the same. */
export function createPasswordLogin(options: {
  readonly database: Database
  readonly passwords: Passwords
}): PasswordLogin {
  return {
    async check(email, password) {
      const [row] = await options.database.query<PasswordRow & Record<string, unknown>>({
        name: 'identity_find_password',
        text: 'SELECT * FROM identity.find_password($1)',
        values: [email],
      })
      const matches = await options.passwords.verify(row?.hash ?? null, password)
      return row && matches && !row.disabled ? row.user_id : null
    },
  }
}
