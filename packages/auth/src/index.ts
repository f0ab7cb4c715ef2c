export { type Accounts, type AccountsOptions, createAccounts } from './accounts.ts'
export { findApiKeys, isApiKey, isWellFormedApiKey } from './api-key-format.ts'
export { type ApiKeys, createApiKeys, type LeakedApiKey, type NewApiKey } from './api-keys.ts'
export type {
  ApiKeyCredential,
  Credential,
  Identity,
  Membership,
  SessionCredential,
  SignedIn,
} from './identity.ts'
export { createLuciaSessions } from './lucia-sessions.ts'
export type { AuthenticationResponse, RegistrationResponse } from './passkey-relying-party.ts'
export { createPasskeys, type PasskeyEntry, type Passkeys } from './passkeys.ts'
export { createPasswords, type Passwords } from './passwords.ts'
export { createPlainSessions } from './plain-sessions.ts'
export {
  createSecondFactors,
  type SecondFactors,
  type SecondFactorsInUse,
  type TotpEnrollment,
} from './second-factors.ts'
export {
  createSessionStore,
  type FoundSession,
  type SessionEntry,
  type SessionStore,
} from './session-store.ts'
export type { SessionCookie, Sessions, SessionsOptions } from './sessions.ts'
export { generateToken, hashToken, isWellFormedToken } from './tokens.ts'
