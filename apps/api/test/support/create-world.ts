import { createPasswords, generateToken, hashToken } from '@repo/auth'
import { openSql, type Sql } from '@repo/testing'
import { request } from './request.ts'
import type { TestApi } from './start-api.ts'

export interface Person {
  readonly id: string
  readonly email: string
  readonly organizationId: string
  /** Their session, as a Cookie header. */
  readonly cookie: string
}

export interface World {
  readonly api: TestApi
  readonly sql: Sql
  readonly acme: string
  readonly globex: string
  /** A signed-in person; in acme as a member unless it is said otherwise. */
  createPerson(options?: {
    readonly organizationId?: string
    readonly role?: string
    readonly platformRole?: string
  }): Promise<Person>
  createOrder(owner: Person): Promise<number>
  /** A row of theirs in any table of an owned model; its id. */
  createRow(
    table: string,
    owner: Person,
    values: Readonly<Record<string, unknown>>,
  ): Promise<string>
  /** Another organization, with a founder who stays; its id. */
  createTenant(name: string): Promise<string>
  /** Invites an address, in the name of the organization's founder; the invitation's id. */
  invite(invitation: InvitationOf): Promise<string>
  /** Keeps a token as the link of a mail would hold it. */
  keepLink(token: string, link: Link): Promise<void>
  close(): Promise<void>
}

interface InvitationOf {
  readonly organizationId: string
  readonly email: string
  readonly role?: string
  readonly token?: string
}

interface Link {
  readonly purpose: 'register' | 'reset_password'
  readonly email: string
  readonly data?: Readonly<Record<string, string>>
}

export const password = 'correct horse battery staple'

/** Two tenants on a fresh API, each with a founder who stays, and what makes people and orders in them. */
export async function createWorld(api: TestApi): Promise<World> {
  const sql = openSql(api.database.ownerUrl)
  const hash = await createPasswords().hash(password)
  let count = 0

  async function createUser(platformRole?: string) {
    count += 1
    const email = `person-${count}@world.test`
    const columns = 'users (id, email, name, email_verified_at, platform_role)'
    const person = [crypto.randomUUID(), email, `Person ${count}`, new Date(), platformRole]
    return { email, id: await insert(sql, columns, person) }
  }

  async function createTenant(name: string): Promise<string> {
    const id = await insert(sql, 'organizations (id, name)', [crypto.randomUUID(), name])
    await join(sql, id, (await createUser()).id, 'owner')
    return id
  }

  const createRow: World['createRow'] = (table, { id, organizationId }, values) => {
    const row = { organization_id: organizationId, user_id: id, ...values }
    return insert(sql, `${table} (${Object.keys(row).join(', ')})`, Object.values(row))
  }

  const acme = await createTenant('Acme')
  const globex = await createTenant('Globex')
  return {
    api,
    sql,
    acme,
    globex,
    createTenant,
    async createPerson({ organizationId = acme, role = 'member', platformRole } = {}) {
      // A walk may have deleted it.
      await sql.run('UPDATE organizations SET deleted_at = NULL WHERE id = $1', [organizationId])
      const { id, email } = await createUser(platformRole)
      await sql.run('INSERT INTO passwords (user_id, hash) VALUES ($1, $2)', [id, hash])
      await join(sql, organizationId, id, role)
      return { id, email, organizationId, cookie: await openSession(api, id) }
    },
    async createOrder(owner) {
      return Number(await createRow('orders', owner, { currency: 'EUR', total_cents: 1_000 }))
    },
    createRow,
    async invite({ organizationId, email, role = 'member', token = generateToken() }) {
      const [founder] = await sql.run(
        'SELECT user_id FROM memberships WHERE organization_id = $1 ORDER BY created_at LIMIT 1',
        [organizationId],
      )
      const columns = 'invitations (organization_id, user_id, email, role, expires_at)'
      const until = new Date(Date.now() + 3_600_000)
      const id = await insert(sql, columns, [
        ...[organizationId, founder?.['user_id'], email, role, until],
      ])
      await sql.run('INSERT INTO invitation_hashes VALUES ($1, $2)', [id, hashToken(token)])
      return id
    },
    async keepLink(token, { purpose, email, data = {} }) {
      const columns = 'one_time_tokens (id, purpose, email, data, expires_at)'
      const until = new Date(Date.now() + 3_600_000)
      await insert(sql, columns, [hashToken(token), purpose, email, data, until])
    },
    close: () => sql.close(),
  }
}

async function insert(sql: Sql, columns: string, values: readonly unknown[]): Promise<string> {
  const places = values.map((_, index) => `$${index + 1}`).join(', ')
  const [row] = await sql.run(`INSERT INTO ${columns} VALUES (${places}) RETURNING id`, values)
  return String(row?.['id'])
}

export async function join(sql: Sql, organizationId: string, userId: string, role: string) {
  const text = 'INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)'
  await sql.run(text, [organizationId, userId, role])
}

/** A session as a log-in starts it, without the cost of its password; the Cookie header of a browser. */
export async function openSession(
  { services: { sessions } }: TestApi,
  userId: string,
  state: { readonly pending?: boolean; readonly secondFactor?: boolean } = {},
): Promise<string> {
  const { pending = false, secondFactor = false } = state
  const origin = { address: null, userAgent: null }
  const { token } = await sessions.create({ userId, pending, secondFactor, ...origin })
  return `${sessions.cookieName}=${token}`
}

/** Logs in as a browser does, and returns the Cookie header it would send from then on. */
export async function signIn(api: TestApi, email: string): Promise<string> {
  const answer = await request(`${api.url}/api/auth/login`, {
    method: 'POST',
    body: { email, password },
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (answer.status !== 200 || !cookie) throw new Error(`Log-in failed: ${answer.text}`)
  return cookie
}
