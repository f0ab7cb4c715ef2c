import { type Authenticator, createAuthenticator, type Tampering } from '@repo/testing'
import { createPasskeys, type PasskeyEntry, type Passkeys } from '../src/passkeys.ts'
import { createPeople, type People } from './create-people.ts'

export const baseUrl = 'https://app.example.com'

export interface Person {
  readonly userId: string
  readonly email: string
  readonly name: string
}

export interface PasskeyBench {
  readonly people: People
  readonly passkeys: Passkeys
  now(): Date
  pass(seconds: number): void
  /** A person whose e-mail is verified. */
  person(name: string): Promise<Person>
  enroll(person: Person, authenticator: Authenticator, tampering?: Tampering): Promise<PasskeyEntry>
  logIn(authenticator: Authenticator, tampering?: Tampering): Promise<string | null>
}

export const honest = (counts = true) => createAuthenticator({ origin: baseUrl, counts })

/** Passkeys in a database of their own, with a clock that is moved by hand. */
export async function createPasskeyBench(): Promise<PasskeyBench> {
  const people = await createPeople()
  let now = new Date('2027-01-01T12:00:00Z')
  const passkeys = createPasskeys({ database: people.database, clock: () => now, baseUrl })
  return {
    people,
    passkeys,
    now: () => now,
    pass(seconds) {
      now = new Date(now.getTime() + seconds * 1_000)
    },
    async person(name) {
      const { userId } = await people.create(name)
      await people.sql.run('UPDATE users SET email_verified_at = now() WHERE id = $1', [userId])
      return { userId, email: `${name}@people.test`, name }
    },
    async enroll(person, authenticator, tampering) {
      const options = await passkeys.startRegistration(person)
      const response = authenticator.create(options, tampering)
      return passkeys.register(person, { name: 'Phone', response })
    },
    logIn: async (authenticator, tampering) =>
      passkeys.logIn(authenticator.get(await passkeys.startLogIn(), tampering)),
  }
}
