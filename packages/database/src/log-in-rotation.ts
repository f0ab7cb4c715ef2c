import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import pg from 'pg'

const derive = promisify(pbkdf2)
// As Postgres itself has it (scram_iterations).
const iterations = 4_096
const passwordBytes = 24

/** The URL with the password of another. */
export function withPasswordOf(url: string, other: string): string {
  const next = new URL(url)
  next.password = new URL(other).password
  return next.href
}

/** Whether Postgres lets the URL's role in; rejects where it does not answer, or refuses it for another reason. */
export async function canLogIn(url: string): Promise<boolean> {
  try {
    await asRole(url, async () => {})
    return true
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === '28P01') return false
    throw error
  }
}

/** The steps in which a role gets a new password; each can be done again (G36). */
export const logInRotation = {
  /** The URL with a new random password of 192 bits; throws for no URL. */
  renew(url: string): string {
    const next = new URL(url)
    next.password = randomBytes(passwordBytes).toString('base64url')
    return next.href
  },
  /** The role logs in by `next` from then on, if it does not yet; the password of `current` is dead. */
  async set(current: string, next: string): Promise<void> {
    if (!(await canLogIn(next))) await changePassword(current, next)
  },
  /** Throws where Postgres does not let the role in by `next`, or lets it in by `current` as well. */
  async test(next: string, current?: string): Promise<void> {
    if (!(await canLogIn(next))) throw new Error('Postgres does not know the new password.')
    if (current !== undefined && current !== next && (await canLogIn(current))) {
      throw new Error('Postgres lets the role in by the old password too: look at pg_hba.conf.')
    }
  },
  /** Runs a task while nobody else rotates the role of the URL that lets it in; throws where somebody does. */
  async alone<T>(urls: readonly string[], task: () => Promise<T>): Promise<T> {
    const url = await findFirst(urls)
    return asRole(url, async (client) => {
      const lock = 'SELECT pg_try_advisory_lock(hashtext($1 || current_user)) AS is_alone'
      const { rows } = await client.query(lock, ['rampart.rotation.'])
      if (!rows[0]?.is_alone) throw new Error('Somebody else rotates this role right now.')
      return task()
    })
  },
} as const

async function findFirst(urls: readonly string[]): Promise<string> {
  for (const url of urls) if (await canLogIn(url)) return url
  throw new Error('Postgres takes neither the password that is published nor the next one.')
}

/**
 * Gives the role of `url`, which logs in by it, the password of `nextUrl`; the old one is dead from then on. What goes
 * over the wire, and into a log of statements, is its verifier alone (RFC 5803).
 */
async function changePassword(url: string, nextUrl: string): Promise<void> {
  const verifier = await toVerifier(decodeURIComponent(new URL(nextUrl).password))
  await asRole(url, (client) =>
    client.query(`ALTER ROLE CURRENT_USER PASSWORD ${client.escapeLiteral(verifier)}`),
  )
}

async function asRole<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return await act(client)
  } finally {
    await client.end()
  }
}

/** SCRAM-SHA-256 (RFC 7677) as pg_authid keeps it; a random password needs no SASLprep. */
async function toVerifier(password: string): Promise<string> {
  const salt = randomBytes(16)
  const salted = await derive(password, salt, iterations, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  const serverKey = hmac('Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
