import {
  type AuthenticationResponse,
  type ExternalMatch,
  isOneself,
  type SessionCookie,
  type SignedIn,
} from '@repo/auth'
import { AppError } from '@repo/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ExternalLogIn, openExternalLogIn } from './external-log-in.ts'
import type { Services } from './services.ts'

/** Log-in and log-out of a browser: what turns credentials into a cookie. */
export interface BrowserSession {
  /**
   * Sets the session cookie, whole or (null) half: a code is still owed. Throws `invalid_credentials`, the
   * same for an unknown e-mail and a wrong password.
   */
  logIn(credentials: {
    readonly email: string
    readonly password: string
  }): Promise<SignedIn | null>
  /** Options for the browser, with a challenge that is good once. */
  startPasskey(): ReturnType<Services['passkeys']['startLogIn']>
  /** Throws `invalid_credentials` for whatever does not prove a passkey of ours. */
  logInWithPasskey(response: AuthenticationResponse): Promise<SignedIn>
  readonly external: ExternalLogIn
  /** Where the browser is, as sessions keep it. */
  readonly origin: { readonly address: string; readonly userAgent: string | null }
  /** Makes a half session whole, under a new id; throws `invalid_code`. */
  verifyCode(caller: SignedIn, kind: CodeKind, code: string): Promise<SignedIn>
  /** Begins the 15 minutes anew, under a new id; throws `invalid_credentials` or `invalid_code`. */
  stepUp(
    caller: SignedIn,
    proof: { readonly password: string; readonly code?: string },
  ): Promise<SignedIn>
  /** Becomes the user whose session the token is of; the own one waits. */
  impersonate(token: string): Promise<SignedIn>
  /** Back to oneself, under a new id; throws `unauthenticated` where that session has ended. */
  endImpersonation(): Promise<SignedIn>
  /** Changes the id, since what the caller's session may do has changed. */
  renew(caller: SignedIn, change?: { readonly secondFactor?: boolean }): Promise<SignedIn>
  logOut(): Promise<void>
}

export type CodeKind = 'totp' | 'recovery'

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly lane: string
}

export function openBrowserSession(
  { request, reply, lane }: Exchange,
  services: Services,
): BrowserSession {
  const { accounts, config, knownBrowsers, passkeys, secondFactors, sessions } = services

  async function end(): Promise<string | null> {
    const token = request.sessionToken
    request.sessionToken = null
    return token === null ? null : sessions.delete(token)
  }

  /** The request goes on as whoever the new cookie belongs to. */
  async function enter({ token, cookie }: SessionCookie): Promise<SignedIn> {
    const found = await sessions.find(token)
    if (!found) throw new AppError('unauthenticated')
    request.sessionToken = token
    request.identity = found.pending ? null : found.identity
    request.halfSignedIn = found.pending ? found.identity : null
    reply.header('set-cookie', cookie)
    return found.identity
  }

  // Read where somebody logs in alone: every other call would decrypt it for nothing.
  const readKnownUsers = () => knownBrowsers.read(request.cookies[knownBrowsers.cookieName])

  /** Whoever has logged in here may do so again where strangers are kept out (faults 34). */
  function remember(caller: SignedIn): SignedIn {
    if (isOneself(request.identity)) {
      reply.header('set-cookie', knownBrowsers.add(caller.userId, readKnownUsers()))
    }
    return caller
  }

  const userAgent = request.headers['user-agent'] ?? null
  const origin = { address: request.clientAddress, userAgent }

  async function begin(
    session: Omit<Parameters<typeof sessions.create>[0], 'address' | 'userAgent'>,
  ) {
    // The id changes at log-in: a cookie planted before it is worth nothing after it.
    await end()
    return remember(await enter(await sessions.create({ ...session, ...origin })))
  }

  /** Begins a session for whom one factor has proven: half of one (null) where a code is owed. */
  async function beginFor(match: ExternalMatch & { readonly provenBy?: string }) {
    // In development a platform admin is asked for the code on /admin alone (contract).
    const isSpared = config.nodeEnv === 'development' && match.platformRole !== null
    const pending = match.secondFactor && !isSpared
    const { userId, provenBy = null } = match
    const caller = await begin({ userId, pending, secondFactor: false, provenBy })
    return pending ? null : caller
  }

  // A log-in in the same batch puts another session's token in its place: what was proven for the caller's own
  // session must not be said of that one.
  async function renew(
    { credential: { sessionId } }: SignedIn,
    change: Omit<Parameters<typeof sessions.renew>[1], 'sessionId'>,
  ): Promise<SignedIn> {
    const { sessionToken: token } = request
    const cookie = token && (await sessions.renew(token, { ...change, sessionId }))
    if (!cookie) throw new AppError('unauthenticated')
    return enter(cookie)
  }

  async function check(kind: CodeKind, { userId, email, credential }: SignedIn, code: string) {
    const attempt = { userId, sessionId: credential.sessionId, code }
    if (kind === 'totp') return secondFactors.verifyTotp(attempt)
    await secondFactors.verifyRecoveryCode(attempt)
    await accounts.mails.notice(email, 'recoveryCodeUsed')
  }

  /** A code is a second factor anew. Of an administrator of the platform what a passkey once was ends with a password. */
  function factorAfter(
    { secondFactor }: { readonly secondFactor: boolean },
    { platformRole }: SignedIn,
  ): { readonly secondFactor?: boolean } {
    return secondFactor || platformRole !== null ? { secondFactor } : {}
  }

  return {
    async logIn({ email, password }) {
      const match = await accounts.login.check(email, password, {
        ...{ lane, knownUsers: readKnownUsers() },
      })
      if (match === null) throw new AppError('invalid_credentials')
      return beginFor(match)
    },
    startPasskey: () => passkeys.startLogIn(),
    async logInWithPasskey(response) {
      const userId = await passkeys.logIn(response)
      if (userId === null) throw new AppError('invalid_credentials')
      // The authenticator has verified its user: possession and a PIN or a finger are two factors.
      return begin({ userId, pending: false, secondFactor: true })
    },
    origin,
    external: openExternalLogIn({ request, reply, services, begin: beginFor }),
    async verifyCode(caller, kind, code) {
      await check(kind, caller, code)
      return remember(
        await renew(caller, { authenticated: true, secondFactor: true, completes: true }),
      )
    },
    async stepUp(caller, { password, code }) {
      const match = await accounts.login.check(caller.email, password, {
        ...{ lane, knownUsers: [{ userId: caller.userId, since: services.clock() }] },
      })
      if (match?.userId !== caller.userId) throw new AppError('invalid_credentials')
      if (match.secondFactor) {
        // Nobody's guess, so that it does not count as one.
        if (code === undefined) throw new AppError('invalid_code', { detail: 'A code is needed.' })
        await check('totp', caller, code)
      }
      return renew(caller, { authenticated: true, ...factorAfter(match, caller) })
    },
    impersonate: (token) => enter(sessions.carry(token)),
    async endImpersonation() {
      const { sessionToken: token } = request
      const cookie = token && (await sessions.resume(token))
      if (!cookie) throw new AppError('unauthenticated')
      return enter(cookie)
    },
    renew: (caller, change = {}) => renew(caller, change),
    async logOut() {
      const cookie = await end()
      if (cookie) reply.header('set-cookie', cookie)
    },
  }
}
