import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEncryption } from '@repo/encryption'
import { createJobSender } from '@repo/jobs'
import { createMailer, type OutboxMail, readOutbox } from '@repo/mail'
import { deliverMails } from '@repo/mail/testing'
import { vi } from 'vitest'
import { type Accounts, type AccountsOptions, createAccounts } from '../src/accounts.ts'
import type { SignedIn } from '../src/identity.ts'
import { createSessionStore, type SessionStore } from '../src/session-store.ts'
import { generateToken } from '../src/tokens.ts'
import { createPeople, type People } from './create-people.ts'

export interface AccountPeople {
  readonly people: People
  readonly accounts: Accounts
  readonly store: SessionStore
  /** A test may say otherwise: all mails may go. */
  readonly limits: { mayMail: AccountsOptions['mayMail'] }
  readonly now: () => Date
  /** Moves the clock. */
  pass(seconds: number): void
  /** Every mail so far to an address, newest first, once nothing is on its way. */
  mailsTo(email: string): Promise<readonly OutboxMail[]>
  /** The token in the newest mail to an address. */
  linkTo(email: string): Promise<string>
  /** A person who registered and followed the link, in a session. */
  open(name: string): Promise<OpenAccount>
  signIn(userId: string): Promise<OpenAccount>
  close(): Promise<void>
}

export interface OpenAccount {
  readonly token: string
  readonly identity: SignedIn
}

const baseUrl = 'https://app.people.test'
export const password = 'correct horse battery staple'
export const emailOf = (name: string): string => `${name}@people.test`

/** Accounts on a real Postgres, with a clock to be moved and mails in a folder. */
export async function createAccountPeople(): Promise<AccountPeople> {
  const people = await createPeople()
  const folder = await mkdtemp(join(tmpdir(), 'outbox-'))
  let time = new Date('2027-01-01T12:00:00Z')
  const now = () => time
  const onFailed = (error: unknown) => failures.push(error)
  const from = 'Rampart <no-reply@people.test>'
  const encryption = createEncryption([{ id: 'test', key: randomBytes(32) }])
  const limits: AccountPeople['limits'] = { mayMail: async () => true }
  const background: Promise<void>[] = []
  const failures: unknown[] = []
  const { database, test } = people
  const jobs = createJobSender(database)
  const mailer = createMailer({ jobs, encryption, clock: now })
  const delivery = { workerUrl: test.workerUrl, outbox: folder, encryption, onFailed, from }
  const worker = await deliverMails(delivery)
  const store = createSessionStore({ database, clock: now })
  const accounts = createAccounts({
    database,
    clock: now,
    mailer,
    baseUrl,
    mayMail: (email, isStray) => limits.mayMail(email, isStray),
    inBackground(task) {
      const ending = task()
      background.push(ending)
      return ending.catch(() => {})
    },
  })

  async function mailsTo(email: string): Promise<readonly OutboxMail[]> {
    await Promise.all(background.splice(0))
    await vi.waitUntil(async () => (await countWaiting()) === 0, { interval: 2, timeout: 30_000 })
    if (failures.length > 0) throw failures[0]
    return (await readOutbox(folder)).filter(({ to }) => to === email)
  }

  async function countWaiting(): Promise<number> {
    const waiting = `SELECT 1 FROM pgboss.job WHERE name = 'mail' AND state <> 'completed'`
    return (await people.sql.run(waiting)).length
  }

  async function linkTo(email: string): Promise<string> {
    const [mail] = await mailsTo(email)
    const token = /#(\S+)/.exec(mail?.text ?? '')?.[1]
    if (!token) throw new Error('The newest mail has no link.')
    return token
  }

  async function signIn(userId: string): Promise<OpenAccount> {
    const token = generateToken()
    const origin = { address: '192.0.2.1', userAgent: 'Test' }
    await store.create({ token, userId, ...origin, pending: false, secondFactor: false })
    const found = await store.find(token)
    if (!found) throw new Error('The session was not created.')
    return { token, identity: found.identity }
  }

  return {
    people,
    accounts,
    store,
    limits,
    now,
    mailsTo,
    linkTo,
    signIn,
    pass(seconds) {
      time = new Date(time.getTime() + seconds * 1_000)
    },
    async open(name) {
      await accounts.registrations.register({ email: emailOf(name), password, name })
      return signIn(await accounts.registrations.confirm(await linkTo(emailOf(name))))
    },
    async close() {
      await Promise.allSettled(background)
      await worker.close()
      await people.close()
      await rm(folder, { recursive: true })
    },
  }
}
