import type {
  ExternalIdentityEntry,
  OAuthGrantEntry,
  PasskeyEntry,
  RegistrationResponse,
  SecondFactors,
  SessionEntry,
  SignedIn,
} from '@repo/auth'
import { AppError } from '@repo/errors'
import { type ExportedRows, toExportedRow } from '@repo/ownership'
import type { BrowserSession } from './browser-session.ts'
import type { Callback } from './external-log-in.ts'
import type { Services } from './services.ts'

/** A person's own credentials, to look at. */
export interface OwnCredentials {
  sessions(): Promise<readonly (SessionEntry & { readonly current: boolean })[]>
  passkeys(): Promise<readonly PasskeyEntry[]>
  secondFactors(): ReturnType<SecondFactors['read']>
  /** Whom other providers know as them. */
  externalIdentities(): Promise<readonly ExternalIdentityEntry[]>
  /** What they let programs do. */
  grants(): Promise<readonly OAuthGrantEntry[]>
}

export function readCredentials(caller: SignedIn, services: Services): OwnCredentials {
  const { userId, credential } = caller
  return {
    async sessions() {
      const entries = await services.sessionStore.list(userId)
      return entries.map((entry) => ({ ...entry, current: entry.id === credential.sessionId }))
    },
    passkeys: () => services.passkeys.list(userId),
    secondFactors: () => services.secondFactors.read(userId),
    externalIdentities: () => services.oauthLogin.identities.list(userId),
    grants: () => services.oauth.grants.list(userId),
  }
}

/** The same, to change: only the doors of a fresh session open it, so no key and no old cookie can. */
export interface Credentials extends OwnCredentials {
  revokeSession(sessionId: string): Promise<void>
  revokeOtherSessions(): Promise<void>
  changePassword(passwords: { readonly current: string; readonly next: string }): Promise<void>
  changeEmail(email: string): Promise<void>
  enrollTotp(): ReturnType<SecondFactors['enrollTotp']>
  confirmTotp(code: string): Promise<readonly string[]>
  disableTotp(): Promise<void>
  replaceRecoveryCodes(): Promise<readonly string[]>
  startPasskey(): ReturnType<Services['passkeys']['startRegistration']>
  addPasskey(passkey: {
    readonly name: string
    readonly response: RegistrationResponse
  }): Promise<PasskeyEntry>
  removePasskey(passkeyId: string): Promise<void>
  /** Where the browser goes to say whom another provider knows as the caller. */
  startExternalLink(asked: {
    readonly provider: string
    readonly returnTo: string
  }): Promise<string>
  linkExternalIdentity(callback: Callback): Promise<void>
  removeExternalIdentity(identityId: string): Promise<void>
  /** Ends all tokens of a program that came of it. */
  revokeGrant(grantId: string): Promise<void>
  /** Everything that is kept about the person, a list for each kind; not of where a second factor is still owed. */
  exportAccount(): ReturnType<Services['database']['exportOwnRows']>
  deleteAccount(): Promise<void>
}

interface Owner {
  readonly caller: SignedIn
  readonly services: Services
  readonly browserSession: BrowserSession
  readonly lane: string
}

export function openCredentials({ caller, services, browserSession, lane }: Owner): Credentials {
  const { accounts, oauth, oauthLogin, passkeys, secondFactors, sessionStore } = services
  const { userId, email, credential } = caller
  const { sessionId } = credential
  const requireFound = (found: boolean) => {
    if (!found) throw new AppError('not_found')
  }
  /** What proves the user has changed: sessions that were opened by what it was before end. */
  async function endOthers(change?: { readonly secondFactor: boolean }): Promise<void> {
    await sessionStore.deleteOthers(userId, sessionId)
    await renewOwn(change)
  }
  /** What was done stays done where the session has ended meanwhile, by a log-out beside it. */
  async function renewOwn(change?: { readonly secondFactor: boolean }): Promise<void> {
    await browserSession.renew(caller, change).catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'unauthenticated')) throw error
    })
  }
  async function hasFactor(): Promise<boolean> {
    const { totp, passkeys: count } = await secondFactors.read(userId)
    return totp || count > 0
  }
  /** Who has a second factor changes it with it: a password alone must not put another in its place. */
  async function requireOwnFactor(): Promise<void> {
    if (credential.secondFactor || !(await hasFactor())) return
    const detail = 'Log in with your second factor to change it.'
    throw new AppError('second_factor_required', { detail })
  }
  /** What proves the person, as far as it can be shown. */
  async function readOwn(): Promise<ExportedRows> {
    const [factors, ...lists] = await Promise.all([
      secondFactors.read(userId),
      sessionStore.list(userId),
      passkeys.list(userId),
      oauth.grants.list(userId),
      oauthLogin.identities.list(userId),
    ])
    const [Session = [], Passkey = [], Grant = [], ExternalIdentity = []] = lists.map((rows) =>
      rows.map(toExportedRow),
    )
    return { Session, Passkey, Grant, ExternalIdentity, SecondFactors: [{ ...factors }] }
  }

  return {
    ...readCredentials(caller, services),
    async revokeSession(id) {
      requireFound(await sessionStore.deleteOne(userId, id))
      if (id === sessionId) await browserSession.logOut()
    },
    revokeOtherSessions: () => sessionStore.deleteOthers(userId, sessionId),
    async changePassword(passwords) {
      await accounts.passwords.change(caller, passwords, lane)
      await renewOwn()
    },
    changeEmail: (address) => accounts.emails.begin(caller, address),
    async enrollTotp() {
      await requireOwnFactor()
      return secondFactors.enrollTotp(caller)
    },
    async confirmTotp(code) {
      await requireOwnFactor()
      const codes = await secondFactors.confirmTotp({ userId, sessionId, code })
      await accounts.mails.notice(email, 'totpOn')
      await endOthers({ secondFactor: true })
      return codes
    },
    async disableTotp() {
      await requireOwnFactor()
      await secondFactors.disableTotp(userId)
      await accounts.mails.notice(email, 'totpOff')
      await endOthers({ secondFactor: await hasFactor() })
    },
    async replaceRecoveryCodes() {
      await requireOwnFactor()
      const codes = await secondFactors.replaceRecoveryCodes(userId)
      await accounts.mails.notice(email, 'recoveryCodesReplaced')
      return codes
    },
    async startPasskey() {
      await requireOwnFactor()
      return passkeys.startRegistration(caller)
    },
    async addPasskey(passkey) {
      await requireOwnFactor()
      const entry = await passkeys.register(caller, passkey)
      await accounts.mails.notice(email, 'passkeyAdded')
      // It has just verified who holds it.
      await renewOwn({ secondFactor: true })
      return entry
    },
    async removePasskey(passkeyId) {
      await requireOwnFactor()
      requireFound(await passkeys.delete(userId, passkeyId))
      await accounts.mails.notice(email, 'passkeyRemoved')
      await endOthers({ secondFactor: await hasFactor() })
    },
    async startExternalLink(asked) {
      await requireOwnFactor()
      return browserSession.external.start({ ...asked, linkTo: userId })
    },
    async linkExternalIdentity(callback) {
      await requireOwnFactor()
      await browserSession.external.link(callback, caller)
    },
    async removeExternalIdentity(identityId) {
      await requireOwnFactor()
      requireFound(await oauthLogin.identities.delete(userId, identityId))
      await accounts.mails.notice(email, 'externalIdentityRemoved')
      await endOthers()
    },
    async revokeGrant(grantId) {
      requireFound(await oauth.grants.delete(userId, grantId))
    },
    async exportAccount() {
      const organizationIds = caller.memberships
        .filter(({ requiresSecondFactor }) => credential.secondFactor || !requiresSecondFactor)
        .map(({ organizationId }) => organizationId)
      const [rows, own] = await Promise.all([
        services.database.exportOwnRows({ userId, organizationIds }),
        readOwn(),
      ])
      return { ...rows, ...own }
    },
    async deleteAccount() {
      await accounts.delete(caller)
      await browserSession.logOut()
    },
  }
}
