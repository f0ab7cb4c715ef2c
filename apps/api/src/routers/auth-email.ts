import { currentPassword, email, mailToken } from '@repo/validation'
import { z } from 'zod'
import { freshSessionProcedure, publicProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

export const emailAddress = router({
  verify: publicProcedure('login')
    .meta(
      rest('POST /auth/email/verify', 'Open an account by the link in its mail', {
        status: 204,
        protect: false,
      }),
    )
    .meta({ holdsSecret: true })
    .input(z.strictObject({ token: mailToken, password: currentPassword.exactOptional() }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.accounts.verifyEmail(input.token, input.password)),

  change: freshSessionProcedure()
    .meta(rest('POST /auth/email/change', 'Ask for another address', { status: 202 }))
    .meta({ holdsSecret: false })
    .input(z.strictObject({ email }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.credentials.changeEmail(input.email)),

  confirm: publicProcedure('login')
    .meta(
      rest('POST /auth/email/confirm', 'Agree to a change of address by the link in a mail', {
        status: 200,
        protect: false,
      }),
    )
    .meta({ holdsSecret: true })
    .input(z.strictObject({ token: mailToken }))
    .output(z.object({ changed: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.accounts.confirmEmail(input.token)),
})
