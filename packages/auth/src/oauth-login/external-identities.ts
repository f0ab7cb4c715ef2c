import { AppError } from '@repo/errors'
import { name as nameForm } from '@repo/validation'
import type { AccountMails } from '../account-mails.ts'
import type { AskIdentity } from '../identity-functions.ts'
import { organizationOf } from '../personal-organization.ts'
import type { ExternalPerson } from './external-person.ts'

/** Whom other providers know as which of our users. */
export interface ExternalIdentities {
  /**
   * The user of a known person; of a new one, who has their address or is made with it. Throws `forbidden`
   * where no provider answers for an address, and `invalid_credentials` for who may not log in.
   */
  logIn(person: ExternalPerson, provider: string): Promise<ExternalMatch>
  /** Throws `conflict` where the person is somebody else's already. */
  link(
    user: { readonly userId: string; readonly email: string },
    person: ExternalPerson,
    provider: string,
  ): Promise<void>
  list(userId: string): Promise<readonly ExternalIdentityEntry[]>
  /** False for one that is not this user's. */
  delete(userId: string, identityId: string): Promise<boolean>
}

export interface ExternalMatch {
  readonly userId: string
  readonly secondFactor: boolean
  readonly platformRole: string | null
}

export interface ExternalIdentityEntry {
  readonly id: string
  readonly provider: string
  readonly email: string | null
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

interface LogInRow {
  readonly user_id: string | null
  readonly email: string
  readonly usable: boolean | null
  readonly second_factor: boolean
  readonly platform_role: string | null
  readonly outcome: 'known' | 'created' | 'linked' | 'unverified' | 'disabled'
}

interface IdentityRow {
  readonly id: string
  readonly provider: string
  readonly email: string | null
  readonly created_at: Date
  readonly last_used_at: Date | null
}

export function createExternalIdentities(options: {
  readonly ask: AskIdentity
  readonly clock: () => Date
  readonly mails: Pick<AccountMails, 'notice'>
}): ExternalIdentities {
  const { ask, clock, mails } = options
  return {
    async logIn(person, provider) {
      const { issuer, subject, email, emailVerified } = person
      const named = nameOf(person)
      const values = [issuer, subject, provider, email, emailVerified, named, organizationOf(named)]
      const [row] = await ask<LogInRow>('log_in_externally', ...values, clock())
      if (!row) throw new AppError('unavailable')
      if (row.outcome === 'unverified') throw new AppError('forbidden')
      if (!row.usable || row.user_id === null) throw new AppError('invalid_credentials')
      if (row.outcome === 'linked') await mails.notice(row.email, 'externalIdentityLinked')
      const { user_id: userId, second_factor: secondFactor, platform_role: platformRole } = row
      return { userId, secondFactor, platformRole }
    },
    async link({ userId, email: ownEmail }, { issuer, subject, email }, provider) {
      const values = [userId, issuer, subject, provider, email, clock()]
      const [row] = await ask<{ is_new: boolean }>('link_external_identity', ...values)
      if (!row) throw new AppError('conflict')
      if (row.is_new) await mails.notice(ownEmail, 'externalIdentityLinked')
    },
    async list(userId) {
      return (await ask<IdentityRow>('list_external_identities', userId)).map(toEntry)
    },
    delete: async (userId, identityId) =>
      (await ask('delete_external_identity', userId, identityId)).length > 0,
  }
}

/** The name that the provider knows, where it has the form of ours. */
function nameOf({ name, email }: ExternalPerson): string {
  const { data } = nameForm.safeParse(name?.trim())
  return data ?? email?.split('@')[0] ?? 'New user'
}

const toEntry = (row: IdentityRow): ExternalIdentityEntry => ({
  id: row.id,
  provider: row.provider,
  email: row.email,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
})
