import { randomBytes } from 'node:crypto'
import type { Encryption } from '@repo/encryption'

const bytes = 32

/** A new secret in the form of Standard Webhooks. */
export const generateEndpointSecret = () => `whsec_${randomBytes(bytes).toString('base64')}`

/** What the secret of an endpoint is bound to where it stands encrypted. */
export const secretContext = (endpointId: string) => `webhook:${endpointId}`

/** Encrypts a secret, so that it is one of that endpoint alone. */
export const sealSecret = (encryption: Encryption, endpointId: string, secret: string): string =>
  encryption.encrypt(secret, secretContext(endpointId))

/** Throws AppError('internal') for a secret of another endpoint, or under a key that is gone. */
export const openSecret = (encryption: Encryption, endpointId: string, sealed: string): string =>
  encryption.decrypt(sealed, secretContext(endpointId))
