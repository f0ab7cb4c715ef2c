import { id, mailToken, outputText } from '@repo/validation'
import { z } from 'zod'
import { freshSessionProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

export const invitations = router({
  accept: freshSessionProcedure()
    .meta(
      rest('POST /invitations/accept', 'Become a member by the link in a mail', { status: 200 }),
    )
    .meta({ holdsSecret: true })
    .input(z.strictObject({ token: mailToken }))
    .output(z.object({ organizationId: id, role: outputText(30), roleId: id.nullable() }))
    .mutation(({ ctx, input }) => ctx.memberships.acceptInvitation(input.token)),
})
