import type { ErrorCode } from '@repo/errors'
import { html } from '../html.ts'
import { codeForms, problemOf, writeCard } from './card.ts'
import { loginPath, type Way } from './provider-links.ts'

/** What another site's page must not make a browser do by itself (faults 55): a click here does it. */
export function writeGoOnPage(way: Way): string {
  const { title } = way.provider
  const question = way.isLink
    ? html`<p>Whoever is signed in at ${title} in this browser will be able to open your account.</p>`
    : html`<p>Another site has sent you here. If you do not want to sign in, close this page.</p>`
  return writeCard(
    way.isLink ? `Connect ${title} to your account?` : `Sign in with ${title}?`,
    html`${question}
      <ul class="ways"><li><a href="${loginPath(way)}">Go on to ${title}</a></li></ul>`,
  )
}

/** For somebody whose log-in is whole but for a code. */
export const writeAccountCodePage = (returnTo: string, problem?: string): string =>
  writeCard(
    'Enter your code',
    html`<p>Your authenticator app shows a code of six digits.</p>
      ${problemOf(problem)}
      ${codeForms('/account', html`<input type="hidden" name="returnTo" value="${returnTo}" />`)}`,
  )

/** Where a log-in ends that began nowhere else. */
export const writeSignedInPage = (email: string | null): string =>
  email === null
    ? writeCard('You are not signed in', html`<p>Nobody is signed in in this browser.</p>`)
    : writeCard(
        'You are signed in',
        html`<p>You are signed in as <strong>${email}</strong>. You can close this page.</p>`,
      )

const over = {
  title: 'This sign-in is over',
  words: 'It was finished, took too long, or began in another browser. Begin again.',
}
const later = {
  title: 'This does not work right now',
  words: 'The provider did not answer as it should. Try again later, or sign in in another way.',
}
const refusals: Partial<Record<ErrorCode, { readonly title: string; readonly words: string }>> = {
  bad_request: over,
  invalid_input: over,
  invalid_credentials: {
    title: 'You could not be signed in',
    words: 'You did not go on at the provider, or your account cannot be opened by it.',
  },
  forbidden: {
    title: 'Your e-mail address is not verified',
    words:
      'The provider does not answer for your e-mail address being yours. Sign in in another way, and connect this one afterwards.',
  },
  conflict: {
    title: 'This belongs to another account',
    words: 'Your account at the provider opens another account here. Disconnect it there first.',
  },
  not_found: { title: 'There is no such provider', words: 'Sign in in another way.' },
  unavailable: later,
  overloaded: later,
}

/** Why a log-in with a provider did not come about; nothing of what was sent is in it. */
export function writeRefusalPage(code: ErrorCode, message: string): string {
  const { title, words } = refusals[code] ?? { title: 'This cannot be done', words: message }
  return writeCard(title, html`<p role="alert">${words}</p>`)
}
