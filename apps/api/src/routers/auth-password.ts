import { currentPassword, email, mailToken, newPassword } from '@repo/validation'
import { z } from 'zod'
import { freshSessionProcedure, publicProcedure } from '../procedures/doors.ts'
import { nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

export const password = router({
  forgot: publicProcedure('passwordReset')
    .meta(
      rest('POST /auth/password/forgot', 'Ask for a link that sets a new password', {
        status: 202,
        protect: false,
      }),
    )
    .meta({ holdsSecret: false })
    .input(z.strictObject({ email }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.accounts.forgotPassword(input.email)),

  reset: publicProcedure('passwordReset')
    .meta(
      rest('POST /auth/password/reset', 'Set a new password by the link in a mail', {
        status: 204,
        protect: false,
      }),
    )
    .meta({ holdsSecret: true })
    .input(z.strictObject({ token: mailToken, password: newPassword }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.accounts.resetPassword(input.token, input.password)),

  change: freshSessionProcedure('proof')
    .meta(rest('POST /auth/password/change', 'Change the password', { status: 204 }))
    .meta({ holdsSecret: true })
    .input(z.strictObject({ currentPassword, newPassword }))
    .output(nothing)
    .mutation(({ ctx, input }) =>
      ctx.credentials.changePassword({ current: input.currentPassword, next: input.newPassword }),
    ),
})
