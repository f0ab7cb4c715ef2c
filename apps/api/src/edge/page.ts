import type { FastifyContextConfig } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers with HTML that people read: over plain HTTP it leads to HTTPS (edge/https-only.ts). */
    readonly page?: boolean
  }
}

/** What a page without script may do, unless it says more; nobody frames it. */
export const plainPage = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'img-src': ['data:'],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
}

/** The options of a route that answers with a page under this policy. */
export const page = (
  directives: Readonly<Record<string, readonly string[]>>,
  config: FastifyContextConfig = {},
) => ({
  config: { ...config, page: true },
  helmet: {
    contentSecurityPolicy: { useDefaults: false, directives: { ...directives } },
    // With no-referrer a form of ours would send `Origin: null`.
    referrerPolicy: { policy: 'same-origin' as const },
  },
})
