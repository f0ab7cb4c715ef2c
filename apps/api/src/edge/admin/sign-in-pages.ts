import { type Html, html } from '../html.ts'
import { writeFrame } from './layout.ts'

interface Form {
  /** Where it goes on. */
  readonly returnTo: string
  readonly problem?: string | undefined
}

const writeCard = (title: string, content: Html): string =>
  writeFrame(
    title,
    html`<main id="content" class="card" tabindex="-1">
      <p class="product">Rampart <span>Security</span></p>
      <h1>${title}</h1>
      ${content}
    </main>`,
  )

const writeProblem = (problem: string | undefined): Html | null =>
  problem === undefined
    ? null
    : html`<p class="notice" data-kind="critical" role="alert">${problem}</p>`

const passwordField = html`<p><label for="password">Password</label>
          <input id="password" name="password" type="password" autocomplete="current-password" required maxlength="128" /></p>`

const codeField = (
  isNeeded: boolean,
) => html`<p><label for="code">Code of your authenticator app</label>
          <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6"
            ${isNeeded ? html`required` : html`aria-describedby="without"`} /></p>`

/** For nobody in particular. */
export const writeSignInPage = ({
  returnTo,
  problem,
  email = '',
}: Form & { readonly email?: string }): string =>
  writeCard(
    'Sign in',
    html`<p class="hint">For administrators of the platform.</p>
      ${writeProblem(problem)}
      <form method="post" action="/admin/sign-in">
        <input type="hidden" name="returnTo" value="${returnTo}" />
        <p><label for="email">E-mail address</label>
          <input id="email" name="email" type="email" autocomplete="username" required maxlength="254"
            autocapitalize="none" spellcheck="false" value="${email}" /></p>
        ${passwordField}
        ${codeField(false)}
        <p class="hint" id="without">Leave it empty to use a recovery code afterwards.</p>
        <p><button type="submit">Sign in</button></p>
      </form>`,
  )

/** For an administrator who signed in a while ago, or without a second factor. */
export const writeStepUpPage = ({
  returnTo,
  problem,
  email,
}: Form & { readonly email: string }): string =>
  writeCard(
    'Confirm that it is you',
    html`<p class="hint">These pages open for 15 minutes at a time, to a password and a second factor.
        You are signed in as <strong>${email}</strong>.</p>
      ${writeProblem(problem)}
      <form method="post" action="/admin/step-up">
        <input type="hidden" name="returnTo" value="${returnTo}" />
        <input type="hidden" autocomplete="username" value="${email}" />
        ${passwordField}
        ${codeField(true)}
        <p><button type="submit">Go on</button></p>
      </form>
      <form method="post" action="/admin/sign-out">
        <p><button type="submit" class="link">Sign in as somebody else</button></p>
      </form>
      <p class="hint">Without an authenticator app, set one up first: <code>POST /api/auth/mfa/totp/enroll</code>.
        A log-in with a passkey shows both; a quarter of an hour later it takes another one.</p>`,
  )

/** For everybody else, and for what is not there. */
export const writeRefusalPage = (title: string, words: string): string =>
  writeCard(
    title,
    html`<p>${words}</p>
      <p><a href="/admin">To the security page</a></p>
      <form method="post" action="/admin/sign-out">
        <p><button type="submit" class="link">Sign in as somebody else</button></p>
      </form>`,
  )
