import { readReturnPath } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { AnyTRPCRouter, TRPCProcedureType } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Services } from '../../services.ts'
import { callProcedure } from '../call-procedure.ts'
import { identifyCallers } from '../identify-callers.ts'
import { sendFailure, sendPage } from '../page-replies.ts'
import { writeGoOnPage, writeRefusalPage } from './external-login-pages.ts'
import { securedPage } from './page-policy.ts'
import { interactionPath } from './sign-in-pages.ts'

interface ExternalLoginOptions {
  readonly services: Services
  /** routers/external-login.ts: limits and records are those of its doors. */
  readonly steps: AnyTRPCRouter
}

interface Visit {
  readonly request: FastifyRequest<{ Params: { provider: string } }>
  readonly reply: FastifyReply
}

const defaultPath = '/account/signed-in'
const startQuery = z.strictObject({
  returnTo: z.string().default(defaultPath),
  link: z.literal('1').exactOptional(),
})
const address = z.object({ url: z.string() })
const loggedIn = z.object({ mfaRequired: z.boolean() })

/** Log-in with another provider (G01): the browser goes there from here, and comes back to the callback. */
export async function externalLogin(
  server: FastifyInstance,
  { services, steps }: ExternalLoginOptions,
): Promise<void> {
  const { attempts, providers } = services.oauthLogin
  identifyCallers(server, services)

  function call(visit: Visit, path: string, input: Readonly<Record<string, string>>) {
    const type: TRPCProcedureType = path.includes('start') ? 'query' : 'mutation'
    const providerId = visit.request.params.provider
    const readInput = () => ({ providerId, ...input })
    return callProcedure({ path, type, readInput }, { ...visit, services, router: steps })
  }

  function route(path: string, serve: (visit: Visit) => Promise<FastifyReply>) {
    server.route<{ Params: { provider: string } }>({
      method: 'GET',
      url: `/login/:provider${path}`,
      exposeHeadRoute: false,
      ...securedPage(),
      handler: (request, reply) =>
        serve({ request, reply }).catch((thrown) =>
          sendFailure(reply, thrown, ({ code, message }) => writeRefusalPage(code, message)),
        ),
    })
  }

  route('', async (visit) => {
    const { request, reply } = visit
    const asked = startQuery.safeParse(request.query)
    if (!asked.success) throw new AppError('bad_request')
    const { returnTo, link } = asked.data
    const isLink = link !== undefined
    if (needsClick(request, isLink)) {
      const provider = providers.find(({ name }) => name === request.params.provider)
      if (!provider) throw new AppError('not_found')
      requirePath(returnTo)
      return sendPage(reply, writeGoOnPage({ provider, returnTo, isLink }))
    }
    const path = isLink ? 'auth.external.startLink' : 'auth.external.start'
    const { url } = address.parse(await call(visit, path, { returnTo }))
    return reply.redirect(url, 303)
  })

  route('/callback', async (visit) => {
    const { request, reply } = visit
    const attempt = attempts.read(request.cookies[attempts.cookieName])
    const query = URL.parse(request.url, services.config.baseUrl)?.search ?? ''
    const returnTo = attempt?.returnTo ?? defaultPath
    if (attempt?.linkTo) {
      await call(visit, 'auth.external.link', { query })
      return reply.redirect(returnTo, 303)
    }
    const { mfaRequired } = loggedIn.parse(await call(visit, 'auth.external.login', { query }))
    return reply.redirect(mfaRequired ? codePath(returnTo) : returnTo, 303)
  })

  function requirePath(returnTo: string): void {
    const { origin } = new URL(services.config.baseUrl)
    if (readReturnPath(returnTo, origin) === null) throw new AppError('bad_request')
  }
}

/** Where a code is asked for: an interaction has a page of its own for it. */
const codePath = (returnTo: string) =>
  returnTo.startsWith(interactionPath(''))
    ? returnTo
    : `/account/code?${new URLSearchParams({ returnTo })}`

/**
 * Whether another site may have sent the browser: it must not sign somebody in as another, nor link the
 * attacker's log-in to their account. To link, the browser has to say that it was a page of ours.
 */
function needsClick({ headers }: FastifyRequest, isLink: boolean): boolean {
  const site = headers['sec-fetch-site']
  if (isLink && site === undefined) throw new AppError('cross_site_request')
  if (site === 'same-origin') return false
  return isLink || (site !== undefined && site !== 'none')
}
