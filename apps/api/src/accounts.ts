import type { Accounts } from '@repo/auth'

/** What anyone may ask: an account, a new password, what the link in a mail is good for. */
export interface OpenAccounts {
  register(...applicant: First<Accounts['registrations']['register']>): Promise<void>
  /**
   * Opens the account of a link; throws `invalid_link`, as the next three do, and `invalid_credentials` for a
   * password that no registration of its address was made with.
   */
  verifyEmail(token: string, password?: string): Promise<void>
  forgotPassword(email: string): Promise<void>
  resetPassword(token: string, password: string): Promise<void>
  confirmEmail(token: string): Promise<{ readonly changed: boolean }>
}

type First<F extends (...args: never[]) => unknown> = [Parameters<F>[0]]

/** A lane is who asks, such as an address: one of them does not take every place where passwords are hashed. */
export function openAccounts(
  { registrations, passwords, emails }: Accounts,
  lane: string,
): OpenAccounts {
  return {
    register: (applicant) => registrations.register(applicant, lane),
    async verifyEmail(token, password) {
      await registrations.confirm(token, password === undefined ? undefined : { password, lane })
    },
    forgotPassword: (email) => passwords.forgot(email),
    resetPassword: (token, password) => passwords.reset(token, password, lane),
    confirmEmail: (token) => emails.confirm(token),
  }
}
