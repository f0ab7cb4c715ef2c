export { type Accounts, type AccountsOptions, createAccounts } from './accounts.ts'
export { findApiKeys, isApiKey, isWellFormedApiKey } from './api-key-format.ts'
export { type ApiKeys, createApiKeys, type LeakedApiKey, type NewApiKey } from './api-keys.ts'
export type {
  AccessTokenCredential,
  ApiKeyCredential,
  Credential,
  Identity,
  Membership,
  SessionCredential,
  SignedIn,
} from './identity.ts'
export { isOneself, isSignedIn, personBehind } from './identity.ts'
export {
  type Accepted,
  createInvitations,
  type Invitations,
  type NewInvitation,
  type Offer,
} from './invitations.ts'
export { keyExpiryMail } from './key-expiry-mail.ts'
export { createKnownBrowsers, type KnownBrowsers, type KnownUser } from './known-browsers.ts'
export { createLuciaSessions } from './lucia-sessions.ts'
export type {
  ExternalIdentityEntry,
  ExternalMatch,
} from './oauth-login/external-identities.ts'
export { createOAuthLogin, type OAuthLogin } from './oauth-login/oauth-login.ts'
export { readReturnPath } from './oauth-login/return-path.ts'
export type { PresentedToken } from './oauth-server/access-tokens.ts'
export type { Exchange, Interaction } from './oauth-server/interactions.ts'
export { type OAuthClientKind, oauthClientKinds } from './oauth-server/oauth-clients.ts'
export type { OAuthEvent } from './oauth-server/oauth-events.ts'
export { oauthLifetimes } from './oauth-server/oauth-lifetimes.ts'
export {
  createOAuthServer,
  type OAuthGrantEntry,
  type OAuthServer,
} from './oauth-server/oauth-server.ts'
export {
  identityScopes,
  oauthRoutes,
  proofAlgorithms,
} from './oauth-server/provider-configuration.ts'
export {
  type Asker,
  createOrganizations,
  type GivenRole,
  type NewOrganization,
  type Organizations,
} from './organizations.ts'
export type { AuthenticationResponse, RegistrationResponse } from './passkey-relying-party.ts'
export { createPasskeys, type PasskeyEntry, type Passkeys } from './passkeys.ts'
export { createPasswords, type Passwords } from './passwords.ts'
export { createPlainSessions } from './plain-sessions.ts'
export { createPlatform, type Platform } from './platform/platform.ts'
export type { BlockedAddress, PlatformBlocks } from './platform/platform-blocks.ts'
export type { PlatformChange, State } from './platform/platform-change.ts'
export {
  createPlatformOAuthClients,
  type NewOAuthClient,
  type OAuthClientChange,
  type OAuthClientEntry,
} from './platform/platform-oauth-clients.ts'
export type {
  PlatformOrganization,
  PlatformOrganizationChange,
} from './platform/platform-organizations.ts'
export type {
  PlatformSession,
  PlatformSessions,
  SessionCounts,
} from './platform/platform-sessions.ts'
export type {
  NewPlatformUser,
  PlatformPage,
  PlatformUser,
  PlatformUserChange,
} from './platform/platform-users.ts'
export type {
  DueKey,
  JobQueue,
  PlatformOverview,
  PlatformWatch,
} from './platform/platform-watch.ts'
export { createCookieEncryption } from './rotating-keys/create-cookie-encryption.ts'
export {
  createKeyRotation,
  type KeyRotation,
} from './rotating-keys/create-key-rotation.ts'
export { type KeyPurpose, keyPurposes } from './rotating-keys/key-purposes.ts'
export {
  lookSeconds,
  openRotatingKeys,
} from './rotating-keys/open-rotating-keys.ts'
export { sealedContexts } from './sealed-contexts.ts'
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
