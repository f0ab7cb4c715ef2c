export type {
  ApiKeyCredential,
  Credential,
  Identity,
  Membership,
  SessionCredential,
  SignedIn,
} from './identity.ts'
export { createLuciaSessions } from './lucia-sessions.ts'
export { createPasswordLogin, type PasswordLogin, type PasswordMatch } from './password-login.ts'
export { createPasswords, type Passwords } from './passwords.ts'
export { createPlainSessions } from './plain-sessions.ts'
export {
  createSessionStore,
  type FoundSession,
  type SessionEntry,
  type SessionStore,
} from './session-store.ts'
export type { SessionCookie, Sessions, SessionsOptions } from './sessions.ts'
export { generateToken, hashToken, isWellFormedToken } from './tokens.ts'
