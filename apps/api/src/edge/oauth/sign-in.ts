import { type Interaction, isOneself, type SignedIn } from '@repo/auth'
import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Services } from '../../services.ts'
import { callProcedure } from '../call-procedure.ts'
import { identifyCallers } from '../identify-callers.ts'
import { sendFailure, sendPage, wordsFor } from '../page-replies.ts'
import { readForms } from '../read-forms.ts'
import { formPolicy, securedPage } from './page-policy.ts'
import {
  interactionPath,
  type SignInPage,
  writeCodePage,
  writeConsentPage,
  writeOverPage,
  writePasswordPage,
} from './sign-in-pages.ts'

interface SignInOptions {
  readonly services: Services
  readonly router: AnyTRPCRouter
}

type Fields = Readonly<Record<string, string>>

/** One request for a page of an interaction. */
interface Visit {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly interaction: Interaction
  readonly fields: Fields
}

/**
 * The pages on which a person signs in and consents: plain forms that need no script. What they send
 * goes through the doors of the API's own procedures, with their limits and records.
 */
export async function signIn(
  server: FastifyInstance,
  { services, router }: SignInOptions,
): Promise<void> {
  const { interactions } = services.oauth
  const { providers } = services.oauthLogin
  const root = interactionPath(':interaction')
  const exchangeOf = ({ request, reply }: Pick<Visit, 'request' | 'reply'>) => ({
    request: request.raw,
    response: reply.raw,
  })
  const call = (visit: Visit, path: string, input?: Fields) =>
    callProcedure(
      { path, type: 'mutation', readInput: () => input },
      { ...visit, services, router },
    )

  readForms(server)
  identifyCallers(server, services)

  /** Finds the interaction of the browser that asks, whatever the path says. */
  function route(method: 'GET' | 'POST', path: string, serve: (visit: Visit) => Promise<unknown>) {
    server.route<{ Params: { interaction: string } }>({
      method,
      url: root + path,
      exposeHeadRoute: false,
      ...securedPage(),
      async handler(request, reply) {
        const interaction = await interactions.find(exchangeOf({ request, reply }))
        if (interaction?.id !== request.params.interaction) {
          return sendPage(reply.code(404), writeOverPage())
        }
        reply.header('content-security-policy', formPolicy(interaction.destination))
        return serve({ request, reply, interaction, fields: Object(request.body ?? {}) })
      },
    })
  }

  /** Whatever comes next: a page of ours, or the way back to the provider. */
  async function goOn(visit: Visit): Promise<unknown> {
    const { request, reply, interaction } = visit
    const { identity: person, halfSignedIn } = request
    const page = { interaction, providers }
    if (!isOneself(person)) {
      return sendPage(reply, halfSignedIn ? writeCodePage(page) : writePasswordPage(page, null))
    }
    const standing = interaction.standingOf(person)
    if (standing === 'unproven') return sendPage(reply, writePasswordPage(page, person.email))
    if (standing === 'another') {
      return reply.redirect(await interactions.restart(exchangeOf(visit)), 303)
    }
    if (interaction.step === 'consent') return askForConsent(visit, person)
    return reply.redirect(await interactions.signIn(exchangeOf(visit), person), 303)
  }

  /** Where the organizations cannot be read, the page still lets its reader refuse, or be somebody else. */
  async function askForConsent(visit: Visit, person: SignedIn): Promise<unknown> {
    const { reply, interaction } = visit
    const page = { interaction, providers, person }
    try {
      const organizations = await listOrganizations(visit)
      return sendPage(reply, writeConsentPage({ ...page, organizations }))
    } catch (thrown) {
      return sendFailure(reply, thrown, (error) =>
        writeConsentPage({ ...page, organizations: [], problem: wordsFor(error) }),
      )
    }
  }

  async function listOrganizations(visit: Visit) {
    const list = {
      path: 'organizations.list',
      type: 'query',
      readInput: () => ({ limit: 100 }),
    } as const
    const answer = await callProcedure(list, { ...visit, services, router })
    return organizationList.parse(answer).items
  }

  /** Tries what a form sent; a refusal is told on the same page, under the status the API gives it. */
  async function attempt(
    visit: Visit,
    task: () => Promise<unknown>,
    write: (page: SignInPage) => string,
  ): Promise<unknown> {
    try {
      await task()
    } catch (thrown) {
      const { reply, interaction } = visit
      return sendFailure(reply, thrown, (error) =>
        write({ interaction, providers, problem: wordsFor(error) }),
      )
    }
    return visit.reply.redirect(interactionPath(visit.interaction.id), 303)
  }

  route('GET', '', goOn)
  route('POST', '/password', (visit) => {
    const { email = '', password = '' } = visit.fields
    return attempt(
      visit,
      () => call(visit, 'auth.login', { email, password }),
      (page) => writePasswordPage(page, email),
    )
  })
  route('POST', '/code', (visit) =>
    attempt(visit, () => call(visit, 'auth.mfa.totp.verify', visit.fields), writeCodePage),
  )
  route('POST', '/recovery-code', (visit) =>
    attempt(visit, () => call(visit, 'auth.mfa.recovery.verify', visit.fields), writeCodePage),
  )
  route('POST', '/switch', async (visit) => {
    // A second click finds nobody signed in any more.
    if (isOneself(visit.request.identity)) await call(visit, 'auth.logout')
    return visit.reply.redirect(interactionPath(visit.interaction.id), 303)
  })
  route('POST', '/cancel', async (visit) =>
    visit.reply.redirect(await interactions.deny(exchangeOf(visit)), 303),
  )
  route('POST', '/consent', async (visit) => {
    const { request, reply, interaction, fields } = visit
    const { identity: person } = request
    const isReady = isOneself(person) && interaction.standingOf(person) === 'ready'
    if (!isReady || interaction.step !== 'consent') return goOn(visit)
    if (fields['decision'] !== 'allow') {
      return reply.redirect(await interactions.deny(exchangeOf(visit)), 303)
    }
    const choice = chooseOrganization(person, fields['organizationId'])
    if (choice === undefined) return goOn(visit)
    const chosen = { person, organizationId: choice }
    return reply.redirect(await interactions.allow(exchangeOf(visit), chosen), 303)
  })
}

const organizationList = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string() })),
})

/** Where the tokens act: null for a person without an organization, undefined where it is not said. */
function chooseOrganization({ memberships }: SignedIn, asked: string | undefined) {
  if (memberships.length === 0) return null
  return memberships.find(({ organizationId }) => organizationId === asked)?.organizationId
}
