import { isOneself, readReturnPath } from '@repo/auth'
import type { FastifyReply } from 'fastify'
import { toAppError } from '../../procedures/translate-errors.ts'
import { sendFailure, wordsFor } from '../page-replies.ts'
import { writeRefusalPage, writeSignInPage, writeStepUpPage } from './sign-in-pages.ts'
import type { Visit } from './visit.ts'

export const adminRoot = '/admin'

/** A way back that is one of these pages, whatever was asked for; else the first of them. */
export function wayBack(asked: string | undefined, { services }: Pick<Visit, 'services'>): string {
  const { origin } = new URL(services.config.baseUrl)
  const path = readReturnPath(asked ?? '', origin) ?? adminRoot
  return path === adminRoot || /^\/admin[/?#]/.test(path) ? path : adminRoot
}

/** Whoever is not let in is told how to be, or that they cannot. */
export function refuse(visit: Visit, thrown: unknown, returnTo: string): FastifyReply {
  const { request, reply } = visit
  if (toAppError(thrown).code === 'unauthenticated' && request.halfSignedIn) {
    return reply.redirect(`/account/code?${new URLSearchParams({ returnTo })}`, 303)
  }
  return sendFailure(reply, thrown, (error) => {
    if (error.code === 'unauthenticated') return writeSignInPage({ returnTo })
    const { identity } = request
    if (needsProof.has(error.code) && isOneself(identity)) {
      return writeStepUpPage({ returnTo, email: identity.email })
    }
    return writeRefusalPage(titles[error.code] ?? 'This does not work', wordsFor(error))
  })
}

const needsProof: ReadonlySet<string> = new Set(['step_up_required', 'second_factor_required'])

const titles: Readonly<Record<string, string>> = {
  forbidden: 'This page is not for you',
  not_found: 'This is not here',
  rate_limited: 'Too much at once',
  platform_off: 'This server does not administer',
}
