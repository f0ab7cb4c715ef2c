import type { FastifyContextConfig } from 'fastify'
import { page, plainPage } from '../page.ts'

/** A page of plain HTML: our own style, no script; forms go to ourselves and what they lead to. */
const pagePolicyOf = (formAction: readonly string[]) => ({
  ...plainPage,
  'form-action': ["'self'", ...formAction],
})

/** The options of a route that answers with such a page. */
export const securedPage = (config: FastifyContextConfig = {}) => page(pagePolicyOf([]), config)

/** The same policy as a header: Chromium follows a form's redirects by it, to the client at the end. */
export const formPolicy = (destination: string): string =>
  Object.entries(pagePolicyOf([destination]))
    .map(([name, values]) => [name, ...values].join(' '))
    .join(';')
