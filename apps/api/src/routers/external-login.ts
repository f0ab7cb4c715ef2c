import { sensitive } from '@repo/validation'
import { z } from 'zod'
import { freshSessionProcedure, publicProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { router } from '../procedures/trpc.ts'

const providerId = z.string().regex(/^[a-z][a-z0-9]{0,31}$/)
const asked = z.strictObject({ providerId, returnTo: z.string() })
const callback = z.strictObject({ providerId, query: sensitive(z.string()) })
const address = z.object({ url: z.string() })

const inside = {
  noRest: 'A browser takes these steps by redirects: edge/oauth/external-login.ts calls them.',
  holdsSecret: true,
} as const

/** The steps of a log-in with another provider: behind the same doors, and on no route of their own. */
export const externalLoginSteps = router({
  auth: router({
    external: router({
      start: publicProcedure('login')
        .meta(inside)
        .input(asked)
        .output(address)
        .query(async ({ ctx, input: { providerId: provider, returnTo } }) => ({
          url: await ctx.browserSession.external.start({ provider, returnTo, linkTo: null }),
        })),

      login: publicProcedure('login')
        .meta({ ...inside, beginsSession: true })
        .input(callback)
        .output(z.object({ mfaRequired: z.boolean() }))
        .mutation(async ({ ctx, input: { providerId: provider, query } }) => ({
          mfaRequired: (await ctx.browserSession.external.finish({ provider, query })) === null,
        })),

      startLink: freshSessionProcedure('login')
        .meta(inside)
        .input(asked)
        .output(address)
        .query(async ({ ctx, input: { providerId: provider, returnTo } }) => ({
          url: await ctx.credentials.startExternalLink({ provider, returnTo }),
        })),

      link: freshSessionProcedure('login')
        .meta(inside)
        .input(callback)
        .output(nothing)
        .mutation(({ ctx, input: { providerId: provider, query } }) =>
          ctx.credentials.linkExternalIdentity({ provider, query }),
        ),
    }),
  }),
})
