import {
  id,
  name,
  outputText,
  pageInput,
  pageOf,
  redirectUri,
  sensitive,
  timestamp,
} from '@repo/validation'
import { z } from 'zod'
import { adminProcedure } from '../procedures/doors.ts'
import { keyPermission } from '../procedures/key-permission.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { readCursor, toPage } from './paging.ts'

const kind = z.enum(['browser', 'native', 'server', 'service'])
const scopes = z.array(keyPermission).max(keyPermission.options.length)
const redirectUris = z.array(redirectUri).min(1).max(20)

const client = z.object({
  id,
  kind,
  name,
  redirectUris: z.array(outputText(2_000)).meta({ maxItems: 20 }).readonly(),
  scopes: z.array(outputText(100)).meta({ maxItems: 100 }).readonly(),
  firstParty: z.boolean(),
  organizationId: id.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
  disabledAt: timestamp.nullable(),
})

/** A service has an organization; whatever acts for people has where to send them back to. */
const newClient = z.strictObject({
  kind,
  name,
  scopes,
  redirectUris: redirectUris.exactOptional(),
  firstParty: z.boolean().exactOptional(),
  organizationId: id.exactOptional(),
})

const withSecret = z.object({ id, secret: sensitive(outputText(200)).nullable() })

export const oauthClients = router({
  list: adminProcedure('oauthClient:read')
    .meta(rest('GET /admin/oauth-clients', 'List the OAuth clients'))
    .input(z.strictObject(pageInput))
    .output(pageOf(client))
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const after = readCursor(cursor, id)
      return toPage(await ctx.platform.listOAuthClients({ after, limit: limit + 1 }), limit)
    }),

  create: adminProcedure('oauthClient:create')
    .meta(rest('POST /admin/oauth-clients', 'Make a client; its secret is shown this once'))
    .meta({ holdsSecret: true })
    .input(newClient)
    .output(withSecret)
    .mutation(({ ctx, input }) => {
      const none = { redirectUris: [], firstParty: false, organizationId: null }
      return ctx.platform.createOAuthClient({ ...none, ...input })
    }),

  update: adminProcedure('oauthClient:update')
    .meta(
      rest('PATCH /admin/oauth-clients/{clientId}', 'Change, disable or enable a client', {
        status: 204,
      }),
    )
    .input(
      z.strictObject({
        clientId: id,
        name: name.exactOptional(),
        scopes: scopes.exactOptional(),
        redirectUris: redirectUris.exactOptional(),
        disabled: z.boolean().exactOptional(),
      }),
    )
    .output(nothing)
    .mutation(({ ctx, input: { clientId, ...change } }) =>
      ctx.platform.updateOAuthClient(clientId, change),
    ),

  rotateSecret: adminProcedure('oauthClient:update')
    .meta(
      rest(
        'POST /admin/oauth-clients/{clientId}/rotate-secret',
        'Get a new secret; both work for a day',
      ),
    )
    .meta({ holdsSecret: true })
    .input(z.strictObject({ clientId: id }))
    .output(withSecret)
    .mutation(async ({ ctx, input: { clientId } }) => ({
      id: clientId,
      ...(await ctx.platform.rotateOAuthClientSecret(clientId)),
    })),

  delete: adminProcedure('oauthClient:delete')
    .meta(
      rest('DELETE /admin/oauth-clients/{clientId}', 'Delete a client, its grants and its tokens'),
    )
    .input(z.strictObject({ clientId: id }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.platform.deleteOAuthClient(input.clientId)),
})
