import { type Html, html } from '../html.ts'

export interface LoginProvider {
  readonly name: string
  readonly title: string
}

/** A log-in with a provider, and where it ends. */
export interface Way {
  readonly provider: LoginProvider
  readonly returnTo: string
  readonly isLink?: boolean
}

/** Where a log-in with a provider begins. */
export function loginPath({ provider: { name }, returnTo, isLink = false }: Way): string {
  const query = new URLSearchParams({ returnTo, ...(isLink && { link: '1' }) })
  return `/login/${name}?${query}`
}

/** One link for each provider; nothing where there is none. */
export function writeProviderLinks(
  providers: readonly LoginProvider[],
  returnTo: string,
): Html | null {
  if (providers.length === 0) return null
  const links = providers.map(
    (provider) =>
      html`<li><a href="${loginPath({ provider, returnTo })}">Sign in with ${provider.title}</a></li>`,
  )
  return html`<ul class="ways">${links}</ul>`
}
