import type { Identity, Interaction } from '@repo/auth'
import { describePermission } from '@repo/rbac'
import { type Html, html } from '../html.ts'
import { codeForms, problemOf, writeCard } from './card.ts'
import { type LoginProvider, writeProviderLinks } from './provider-links.ts'

export interface SignInPage {
  readonly interaction: Interaction
  /** Whom a person may sign in with instead. */
  readonly providers: readonly LoginProvider[]
  /** Why the last try failed. */
  readonly problem?: string
}

/** Where the forms of an interaction go. */
export const interactionPath = (id: string) => `/oauth/interaction/${id}`

export function writePasswordPage(page: SignInPage, email: string | null): string {
  const { id, clientName, loginHint } = page.interaction
  return writeCard(
    'Sign in',
    html`<p>to go on to <strong>${clientName}</strong></p>
      ${problemOf(page.problem)}
      <form method="post" action="${interactionPath(id)}/password">
        <label for="email">E-mail address</label>
        <input id="email" name="email" type="email" autocomplete="username" required maxlength="254"
          autocapitalize="none" spellcheck="false" value="${email ?? loginHint ?? ''}" />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required
          maxlength="128" />
        <button type="submit">Sign in</button>
      </form>
      ${writeProviderLinks(page.providers, interactionPath(id))}
      ${cancelForm(id)}`,
  )
}

export function writeCodePage(page: SignInPage): string {
  const { id } = page.interaction
  return writeCard(
    'Enter your code',
    html`<p>Your authenticator app shows a code of six digits.</p>
      ${problemOf(page.problem)}
      ${codeForms(interactionPath(id), null)}
      ${cancelForm(id)}`,
  )
}

const identityWords: Readonly<Record<string, string>> = {
  openid: 'Know that it is you',
  profile: 'See your name',
  email: 'See your e-mail address',
  offline_access: 'Go on doing so while you are away, for 30 days',
}

export interface ConsentPage extends SignInPage {
  readonly person: Identity
  readonly organizations: readonly { readonly id: string; readonly name: string }[]
}

export function writeConsentPage(page: ConsentPage): string {
  const { interaction, person, organizations } = page
  const { id, clientName, identityScopes, permissions } = interaction
  const asked = [
    ...identityScopes.map((scope) => identityWords[scope] ?? scope),
    ...permissions.map(describePermission),
  ]
  return writeCard(
    `Let ${clientName} in?`,
    html`<p>You are signed in as <strong>${person.email}</strong>. ${clientName} asks to:</p>
      ${problemOf(page.problem)}
      <ul class="asked">${asked.map((words) => html`<li>${words}</li>`)}</ul>
      <p class="hint">It never sees your password. You can end this at any time.</p>
      <form method="post" action="${interactionPath(id)}/consent">
        ${chooseOrganization(organizations)}
        <button type="submit" name="decision" value="allow">Allow</button>
        <button type="submit" name="decision" value="deny" class="quiet" formnovalidate>Do not allow</button>
      </form>
      <form method="post" action="${interactionPath(id)}/switch">
        <button type="submit" class="link">Sign in as somebody else</button>
      </form>`,
  )
}

function chooseOrganization(organizations: ConsentPage['organizations']): Html | null {
  const [only, ...others] = organizations
  if (!only) return null
  if (others.length === 0) {
    return html`<p>It acts in <strong>${only.name}</strong>.</p>
        <input type="hidden" name="organizationId" value="${only.id}" />`
  }
  const choices = organizations.map(({ id, name }) => html`<option value="${id}">${name}</option>`)
  return html`<label for="organization">It acts in</label>
        <select id="organization" name="organizationId" required>
          <option value="">Choose an organization</option>
          ${choices}
        </select>`
}

const cancelForm = (id: string) => html`<form method="post" action="${interactionPath(id)}/cancel">
        <button type="submit" class="link">Cancel</button>
      </form>`

/** When there is nothing to go on with, such as an authorization that is over. */
export const writeOverPage = (): string =>
  writeCard(
    'This sign-in is over',
    html`<p>It was finished, took too long, or began in another browser.</p>
      <p>Go back to the program that sent you here, and begin again.</p>`,
  )

/** What a program asked for that cannot be; it cannot be told itself (RFC 6749, section 4.1.2.1). */
export const writeErrorPage = (error: { readonly error: string; readonly description: string }) =>
  writeCard(
    'This request cannot be answered',
    html`<p>The program that sent you here made a mistake, or its request was changed on the way.</p>
      <p class="hint">${error.error}${error.description === '' ? '' : `: ${error.description}`}</p>`,
  )
