import { isOneself } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { sendFailure, wordsFor } from '../page-replies.ts'
import { adminPage } from './layout.ts'
import { adminRoot, refuse, wayBack } from './refuse.ts'
import { writeSignInPage, writeStepUpPage } from './sign-in-pages.ts'
import { change, type Visit } from './visit.ts'

const stepUpForm = z.strictObject({
  password: z.string(),
  code: z.string().default(''),
  returnTo: z.string(),
})
const signInForm = stepUpForm.extend({ email: z.string() })

/** The ways in and out of the administrators' pages: what the forms send goes through the API's own doors. */
export function signInForms(
  server: FastifyInstance,
  { services, router }: Pick<Visit, 'services' | 'router'>,
): void {
  function take(path: string, serve: (visit: Visit) => Promise<FastifyReply>): void {
    server.post(adminRoot + path, adminPage, (request: FastifyRequest, reply: FastifyReply) =>
      serve({ request, reply, services, router }),
    )
  }

  take('/sign-in', async (visit) => {
    const { request, reply } = visit
    const { data } = signInForm.safeParse(request.body)
    const returnTo = wayBack(data?.returnTo, visit)
    try {
      if (!data) throw new AppError('bad_request')
      await signIn(visit, data)
    } catch (thrown) {
      // With the password right, what is missing is asked for by the page itself.
      if (request.identity || request.halfSignedIn) return reply.redirect(returnTo, 303)
      return sendFailure(reply, thrown, (error) =>
        writeSignInPage({ returnTo, problem: wordsFor(error), email: data?.email ?? '' }),
      )
    }
    return reply.redirect(returnTo, 303)
  })

  take('/step-up', async (visit) => {
    const { request, reply } = visit
    const { data } = stepUpForm.safeParse(request.body)
    const returnTo = wayBack(data?.returnTo, visit)
    try {
      if (!data) throw new AppError('bad_request')
      const { password, code } = data
      await change(visit, 'auth.stepUp', { password, ...(code !== '' && { code }) })
    } catch (thrown) {
      const { identity } = request
      if (!isOneself(identity)) return refuse(visit, thrown, returnTo)
      return sendFailure(reply, thrown, (error) =>
        writeStepUpPage({ returnTo, problem: wordsFor(error), email: identity.email }),
      )
    }
    return reply.redirect(returnTo, 303)
  })

  take('/sign-out', async (visit) => {
    if (visit.request.sessionToken !== null) await change(visit, 'auth.logout')
    return visit.reply.redirect(adminRoot, 303)
  })
}

/** The password, and the code where one was given: owed at log-in, or in development on these pages alone. */
async function signIn(visit: Visit, { email, password, code }: z.output<typeof signInForm>) {
  await change(visit, 'auth.login', { email, password })
  if (code === '') return
  if (visit.request.halfSignedIn) return change(visit, 'auth.mfa.totp.verify', { code })
  await change(visit, 'auth.stepUp', { password, code })
}
