import type { Database } from '@repo/database'
import { AppError } from '@repo/errors'
import type { AccountMails } from '../account-mails.ts'
import { type AskIdentity, createAskIdentity, createAskPlatform } from '../identity-functions.ts'
import { createOneTimeTokens } from '../one-time-tokens.ts'
import { organizationOf } from '../personal-organization.ts'
import { generateToken } from '../tokens.ts'
import { type ChangeRow, type PlatformChange, requireChange, toChange } from './platform-change.ts'

/** A person, as administrators of the platform see them. */
export interface PlatformUser {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly platformRole: string | null
  readonly emailVerified: boolean
  readonly suspendedAt: Date | null
  readonly secondFactor: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly lastSeenAt: Date | null
}

export interface PlatformUserChange {
  readonly name?: string
  readonly platformRole?: string | null
  readonly suspended?: boolean
}

/** Where in a list by time somebody is: the time of its last row, and the row's id. */
export type PlaceInTime = readonly [time: string, id: string]

export interface PlatformPage {
  readonly search?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/**
 * Everybody's accounts, for administrators of the platform. Each change is theirs only while they are one, throws
 * `not_found` for nobody's id and `conflict` for their own, and tells what was and what became of it.
 */
export interface PlatformUsers {
  /** At most `limit`, after the one of this id; `search` is a part of the address or the name. */
  list(page: PlatformPage): Promise<readonly PlatformUser[]>
  /** Throws `not_found`. */
  get(userId: string): Promise<PlatformUser>
  /** Mails a link, good for a day, that sets the password; throws `conflict` for an address with an account. */
  create(
    adminId: string,
    user: NewPlatformUser,
  ): Promise<PlatformChange & { readonly userId: string }>
  /** Whoever is suspended loses every session, key and grant at once. */
  update(adminId: string, userId: string, change: PlatformUserChange): Promise<PlatformChange>
  /** Ends every session and grant. */
  logOut(adminId: string, userId: string): Promise<PlatformChange>
  /** Takes TOTP, recovery codes and passkeys away, ends every session, and mails the user. */
  resetSecondFactor(adminId: string, userId: string): Promise<PlatformChange>
}

export interface NewPlatformUser {
  readonly email: string
  readonly name: string
  readonly platformRole: string | null
}

interface UserRow extends Pick<PlatformUser, 'id' | 'email' | 'name'> {
  readonly platform_role: string | null
  readonly email_verified_at: Date | null
  readonly disabled_at: Date | null
  readonly second_factor: boolean
  readonly created_at: Date
  readonly updated_at: Date
  readonly last_seen_at: Date | null
}

const linkSeconds = 24 * 60 * 60

// In the case of Unicode, whatever locale the database was made with.
const page = `
  SELECT * FROM platform.users u
   WHERE ($1::text IS NULL OR strpos(u.email, lower($1)) > 0
          OR strpos(lower(u.name COLLATE pg_c_utf8), lower($1 COLLATE pg_c_utf8)) > 0)
     AND ($2::uuid IS NULL OR u.id > $2) AND ($4::uuid IS NULL OR u.id = $4)
   ORDER BY u.id LIMIT $3`

export interface PlatformOptions {
  /** The serving role's way. */
  readonly database: Database
  /** The platform role's. */
  readonly platform: Database
  readonly clock: () => Date
  readonly mails: AccountMails
}

export function createPlatformUsers({
  database,
  platform,
  clock,
  mails,
}: PlatformOptions): PlatformUsers {
  const ask = createAskPlatform(platform)
  const tokens = createOneTimeTokens(createAskIdentity(database), clock)

  async function find({ search, after, limit }: PlatformPage, id?: string) {
    const values = [search ?? null, after ?? null, limit, id ?? null]
    const rows = await platform.query<UserRow & Record<string, unknown>>({
      name: 'platform_users',
      text: page,
      values,
    })
    return rows.map(toUser)
  }

  return {
    list: (wanted) => find(wanted),
    async get(userId) {
      const [user] = await find({ limit: 1 }, userId)
      if (!user) throw new AppError('not_found')
      return user
    },
    async create(adminId, { email, name, platformRole }) {
      const values = [adminId, email, name, platformRole, organizationOf(name), clock()]
      const row = requireChange(
        await ask<ChangeRow & { readonly user_id: string }>('create_user', ...values),
      )
      const token = generateToken()
      await tokens.create(token, { purpose: 'reset_password', seconds: linkSeconds, email })
      await mails.accountMade(email, token)
      return { userId: row.user_id, ...toChange(row) }
    },
    async update(adminId, userId, { name = null, platformRole, suspended = null }) {
      const made = await change(ask, 'update_user', [
        ...[adminId, userId, name, platformRole !== undefined],
        ...[platformRole ?? null, suspended, clock()],
      ])
      // The name itself would lead from the log to the person.
      return name === null ? made : { ...made, after: { ...made.after, nameGiven: true } }
    },
    logOut: (adminId, userId) => change(ask, 'log_user_out', [adminId, userId]),
    async resetSecondFactor(adminId, userId) {
      const rows = await ask<ChangeRow & { readonly email: string }>(
        'reset_second_factor',
        ...[adminId, userId],
      )
      const row = requireChange(rows)
      await mails.notice(row.email, 'secondFactorReset')
      return toChange(row)
    },
  }
}

const change = async (ask: AskIdentity, name: string, values: readonly unknown[]) =>
  toChange(requireChange(await ask<ChangeRow>(name, ...values)))

const toUser = (row: UserRow): PlatformUser => ({
  id: row.id,
  email: row.email,
  name: row.name,
  platformRole: row.platform_role,
  emailVerified: row.email_verified_at !== null,
  suspendedAt: row.disabled_at,
  secondFactor: row.second_factor,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  lastSeenAt: row.last_seen_at,
})
