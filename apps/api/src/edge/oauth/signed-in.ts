import { isSignedIn, readReturnPath } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Services } from '../../services.ts'
import { callProcedure } from '../call-procedure.ts'
import { identifyCallers } from '../identify-callers.ts'
import { sendFailure, sendPage, wordsFor } from '../page-replies.ts'
import { readForms } from '../read-forms.ts'
import {
  writeAccountCodePage,
  writeRefusalPage,
  writeSignedInPage,
} from './external-login-pages.ts'
import { securedPage } from './page-policy.ts'

interface SignedInOptions {
  readonly services: Services
  readonly router: AnyTRPCRouter
}

const pageQuery = z.object({ returnTo: z.string() })
const codeForm = z.strictObject({ code: z.string(), returnTo: z.string() })

const forms = [
  ['/account/code', 'auth.mfa.totp.verify'],
  ['/account/recovery-code', 'auth.mfa.recovery.verify'],
] as const

/** Where a log-in with another provider ends: with a code first, where one is owed. */
export async function signedIn(
  server: FastifyInstance,
  { services, router }: SignedInOptions,
): Promise<void> {
  const { origin } = new URL(services.config.baseUrl)
  const options = { exposeHeadRoute: false, ...securedPage() }
  readForms(server)
  identifyCallers(server, services)

  server.get('/account/signed-in', options, ({ identity }, reply) =>
    sendPage(reply, writeSignedInPage(isSignedIn(identity) ? identity.email : null)),
  )
  server.get('/account/code', options, (request, reply) => {
    const { data } = pageQuery.safeParse(request.query)
    const path = readReturnPath(data?.returnTo ?? '', origin)
    if (path === null) return refuse(reply, new AppError('bad_request'))
    if (!request.halfSignedIn) return reply.redirect(path, 303)
    return sendPage(reply, writeAccountCodePage(path))
  })
  for (const [url, procedure] of forms) {
    server.post(url, options, (request, reply) => verify({ request, reply }, procedure))
  }

  async function verify(
    { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    path: string,
  ): Promise<FastifyReply> {
    const { data } = codeForm.safeParse(request.body)
    const returnTo = readReturnPath(data?.returnTo ?? '', origin)
    if (!data || returnTo === null) return refuse(reply, new AppError('bad_request'))
    const call = { path, type: 'mutation', readInput: () => ({ code: data.code }) } as const
    try {
      await callProcedure(call, { request, reply, services, router })
    } catch (thrown) {
      return sendFailure(reply, thrown, (error) => writeAccountCodePage(returnTo, wordsFor(error)))
    }
    return reply.redirect(returnTo, 303)
  }
}

const refuse = (reply: FastifyReply, error: AppError) =>
  sendFailure(reply, error, ({ code, message }) => writeRefusalPage(code, message))
