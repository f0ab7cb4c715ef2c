import { randomBytes } from 'node:crypto'
import { createEncryption } from '@repo/encryption'
import { generateTotpCode } from '@repo/testing'
import { createSecondFactors, type SecondFactors } from '../src/second-factors.ts'
import { createSessionStore, type SessionStore } from '../src/session-store.ts'
import { generateToken } from '../src/tokens.ts'
import { createPeople, type People } from './create-people.ts'

export interface SecondFactorPeople {
  readonly people: People
  readonly factors: SecondFactors
  readonly store: SessionStore
  now(): Date
  /** Moves the clock. */
  pass(seconds: number): void
  /** A session; pending unless told. Returns its cookie's token and its public id. */
  start(userId: string, pending?: boolean): Promise<StartedSession>
  /** A person with TOTP turned on, at a step of its own; the clock has moved to the next one. */
  createWithTotp(name: string): Promise<TotpPerson>
  close(): Promise<void>
}

export interface StartedSession {
  readonly token: string
  readonly sessionId: string
}

export interface TotpPerson {
  readonly userId: string
  readonly secret: string
  readonly recoveryCodes: readonly string[]
}

/** People, a clock to be moved, and the second factors under test. */
export async function createSecondFactorPeople(): Promise<SecondFactorPeople> {
  const people = await createPeople()
  let time = new Date('2027-01-01T12:00:00Z')
  const clock = () => time
  const { database } = people
  const encryption = createEncryption([{ id: 'test', key: randomBytes(32) }])
  const factors = createSecondFactors({ database, encryption, clock })
  const store = createSessionStore({ database, clock })
  const pass = (seconds: number) => {
    time = new Date(time.getTime() + seconds * 1_000)
  }

  async function start(userId: string, pending = true): Promise<StartedSession> {
    const token = generateToken()
    const origin = { address: null, userAgent: null }
    await store.create({ token, userId, ...origin, pending, secondFactor: false })
    const found = await store.find(token)
    if (!found) throw new Error('The session was not created.')
    return { token, sessionId: found.identity.credential.sessionId }
  }

  async function createWithTotp(name: string): Promise<TotpPerson> {
    const { userId } = await people.create(name)
    const { secret } = await factors.enrollTotp({ userId, email: `${name}@people.test` })
    const { sessionId } = await start(userId, false)
    const code = generateTotpCode(secret, time)
    const recoveryCodes = await factors.confirmTotp({ userId, sessionId, code })
    pass(30)
    return { userId, secret, recoveryCodes }
  }

  const close = () => people.close()
  return { people, factors, store, now: clock, pass, start, createWithTotp, close }
}
