import { z } from 'zod'
import { outputText } from './output-text.ts'

/** Bytes in base64url without padding (RFC 4648, section 5), of `minBytes` to `maxBytes`. */
function bytes(minBytes: number, maxBytes: number) {
  const charactersOf = (count: number) => Math.ceil((count * 4) / 3)
  return z
    .string()
    .min(charactersOf(minBytes))
    .max(charactersOf(maxBytes))
    .regex(/^[A-Za-z0-9_-]*$/)
}

// A credential's id has 16 to 1023 bytes, a user handle at most 64 (WebAuthn, sections 4 and 5.4.3).
const credentialId = bytes(16, 1_023)
const userHandle = bytes(1, 64)
const clientDataJSON = bytes(1, 2_048)
const authenticatorData = bytes(37, 4_096)
const challenge = bytes(16, 64)
const publicKeyType = z.literal('public-key')
const userVerification = z.enum(['discouraged', 'preferred', 'required'])
// Names to come are taken too.
const transport = z
  .string()
  .regex(/^[a-z-]{1,32}$/)
  .meta({ minLength: 1, maxLength: 32 })
const attachment = z.enum(['platform', 'cross-platform'])

// Some browsers and password managers answer with extensions that nobody asked for.
const clientExtensionResults = z.strictObject({
  appid: z.boolean().exactOptional(),
  appidExclude: z.boolean().exactOptional(),
  credBlob: z.boolean().exactOptional(),
  credProps: z.strictObject({ rk: z.boolean().exactOptional() }).exactOptional(),
  hmacCreateSecret: z.boolean().exactOptional(),
  largeBlob: z.strictObject({ supported: z.boolean().exactOptional() }).exactOptional(),
  prf: z.strictObject({ enabled: z.boolean().exactOptional() }).exactOptional(),
})

const answer = {
  id: credentialId,
  rawId: credentialId,
  type: publicKeyType,
  authenticatorAttachment: attachment.exactOptional(),
  clientExtensionResults,
}

/** What `credential.toJSON()` makes of a new passkey, or SimpleWebAuthn's `startRegistration`. */
export const registrationResponse = z.strictObject({
  ...answer,
  response: z.strictObject({
    clientDataJSON,
    attestationObject: bytes(1, 8_192),
    authenticatorData: authenticatorData.exactOptional(),
    // Names to come are taken too, and the unknown ones not kept.
    transports: z.array(transport).max(16).exactOptional(),
    publicKey: bytes(1, 2_048).exactOptional(),
    publicKeyAlgorithm: z.int32().exactOptional(),
  }),
})

/** What `credential.toJSON()` makes of a log-in, or SimpleWebAuthn's `startAuthentication`. */
export const authenticationResponse = z.strictObject({
  ...answer,
  response: z.strictObject({
    clientDataJSON,
    authenticatorData,
    signature: bytes(1, 1_024),
    userHandle: userHandle.exactOptional(),
  }),
})

const credentials = z
  .array(
    z.object({
      id: credentialId,
      type: outputText(32),
      transports: z.array(outputText(32)).meta({ maxItems: 16 }).optional(),
    }),
  )
  .meta({ maxItems: 20 })
const hints = z.array(z.enum(['hybrid', 'security-key', 'client-device'])).max(3)
const extensions = z.object({ credProps: z.boolean().optional() })

/** What `PublicKeyCredential.parseCreationOptionsFromJSON` takes. */
export const creationOptions = z.object({
  rp: z.object({ id: outputText(253).optional(), name: outputText(100) }),
  user: z.object({ id: userHandle, name: outputText(254), displayName: outputText(100) }),
  challenge,
  pubKeyCredParams: z
    .array(z.object({ type: publicKeyType, alg: z.int32() }))
    .meta({ maxItems: 16 }),
  timeout: z.int32().min(0).optional(),
  excludeCredentials: credentials.optional(),
  authenticatorSelection: z
    .object({
      authenticatorAttachment: attachment.optional(),
      residentKey: userVerification.optional(),
      requireResidentKey: z.boolean().optional(),
      userVerification: userVerification.optional(),
    })
    .optional(),
  hints: hints.optional(),
  attestation: z.enum(['none', 'indirect', 'direct', 'enterprise']).optional(),
  extensions: extensions.optional(),
})

/** What `PublicKeyCredential.parseRequestOptionsFromJSON` takes. */
export const requestOptions = z.object({
  challenge,
  timeout: z.int32().min(0).optional(),
  rpId: outputText(253).optional(),
  allowCredentials: credentials.optional(),
  userVerification: userVerification.optional(),
  hints: hints.optional(),
  extensions: extensions.optional(),
})
