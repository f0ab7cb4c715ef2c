/** A page of plain HTML: our own style, no script; forms go to ourselves and what they lead to. */
export const pagePolicyOf = (formAction: readonly string[]) => ({
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'img-src': ['data:'],
  'base-uri': ["'none'"],
  'form-action': ["'self'", ...formAction],
  'frame-ancestors': ["'none'"],
})

/** Helmet's options of a route that answers with such a page. */
export const securedPage = () => ({
  helmet: {
    contentSecurityPolicy: { useDefaults: false, directives: pagePolicyOf([]) },
    // With no-referrer a form of ours would send `Origin: null`.
    referrerPolicy: { policy: 'same-origin' as const },
  },
})

/** The same policy as a header: Chromium follows a form's redirects by it, to the client at the end. */
export const formPolicy = (destination: string): string =>
  Object.entries(pagePolicyOf([destination]))
    .map(([name, values]) => [name, ...values].join(' '))
    .join(';')
