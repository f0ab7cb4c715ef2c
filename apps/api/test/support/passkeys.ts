import type { Authenticator, KeyCreation, KeyRequest, Tampering } from '@repo/testing'
import type { Visitor } from './create-visitor.ts'
import type { Answer } from './request.ts'

// Parse boundaries: the schema of the answer promises these fields.
const toCreation = ({ body }: Answer) => body as unknown as KeyCreation
const toRequest = ({ body }: Answer) => body as unknown as KeyRequest

/** Adds a passkey as a browser does; with other options as a thief would. */
export async function addPasskey(
  visitor: Visitor,
  authenticator: Authenticator,
  options?: Answer,
): Promise<Answer> {
  const begun = options ?? (await visitor.ask('POST /auth/passkeys/register/options'))
  const response = authenticator.create(toCreation(begun))
  return visitor.ask('POST /auth/passkeys/register', { name: 'Laptop', response })
}

/** An answer of the authenticator to a challenge of the API. */
export async function answerChallenge(
  visitor: Visitor,
  authenticator: Authenticator,
  tampering: Tampering = {},
) {
  const begun = await visitor.ask('POST /auth/passkeys/login/options')
  return authenticator.get(toRequest(begun), tampering)
}

export async function logInWithPasskey(
  visitor: Visitor,
  authenticator: Authenticator,
): Promise<Answer> {
  const response = await answerChallenge(visitor, authenticator)
  return visitor.ask('POST /auth/passkeys/login', { response })
}
