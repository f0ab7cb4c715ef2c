import { outputText, secretInput, sensitive } from '@repo/validation'
import { z } from 'zod'
import {
  freshSessionProcedure,
  halfSignedInProcedure,
  sessionProcedure,
} from '../procedures/doors.ts'
import { noInput, nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'
import { session, toSession } from './auth-session.ts'

export const totpCode = secretInput(
  z
    .string()
    .regex(/^\d{6}$/)
    .meta({ minLength: 6, maxLength: 6 }),
)
const recoveryCode = secretInput(
  z
    .string()
    .regex(/^[\w -]{16,40}$/)
    .meta({ minLength: 16, maxLength: 40 }),
)
const recoveryCodes = z.object({
  recoveryCodes: z.array(sensitive(outputText(40))).meta({ maxItems: 10 }),
})
const count = z.int32().min(0)

const totp = router({
  enroll: freshSessionProcedure()
    .meta(
      rest('POST /auth/mfa/totp/enroll', 'Get a secret for an authenticator app', { status: 200 }),
    )
    .meta({ holdsSecret: true })
    .input(noInput)
    .output(z.object({ secret: sensitive(outputText(100)), uri: sensitive(outputText(1_000)) }))
    .mutation(({ ctx }) => ctx.credentials.enrollTotp()),

  confirm: freshSessionProcedure('proof')
    .meta(rest('POST /auth/mfa/totp/confirm', 'Turn codes on by the first one', { status: 200 }))
    .meta({ holdsSecret: true })
    .input(z.strictObject({ code: totpCode }))
    .output(recoveryCodes)
    .mutation(async ({ ctx, input }) => ({
      recoveryCodes: [...(await ctx.credentials.confirmTotp(input.code))],
    })),

  verify: halfSignedInProcedure()
    .meta(rest('POST /auth/mfa/totp/verify', 'Complete a log-in by a code', { status: 200 }))
    .input(z.strictObject({ code: totpCode }))
    .output(session)
    .mutation(async ({ ctx, input }) =>
      toSession(await ctx.browserSession.verifyCode(ctx.caller, 'totp', input.code)),
    ),

  disable: freshSessionProcedure()
    .meta(rest('POST /auth/mfa/totp/disable', 'Turn codes off', { status: 204 }))
    .meta({ holdsSecret: true })
    .input(noInput)
    .output(nothing)
    .mutation(({ ctx }) => ctx.credentials.disableTotp()),
})

const recovery = router({
  verify: halfSignedInProcedure()
    .meta(
      rest('POST /auth/mfa/recovery/verify', 'Complete a log-in by a recovery code', {
        status: 200,
      }),
    )
    .input(z.strictObject({ code: recoveryCode }))
    .output(session)
    .mutation(async ({ ctx, input }) =>
      toSession(await ctx.browserSession.verifyCode(ctx.caller, 'recovery', input.code)),
    ),

  replace: freshSessionProcedure()
    .meta(rest('POST /auth/mfa/recovery/replace', 'Get new recovery codes', { status: 200 }))
    .meta({ holdsSecret: true })
    .input(noInput)
    .output(recoveryCodes)
    .mutation(async ({ ctx }) => ({
      recoveryCodes: [...(await ctx.credentials.replaceRecoveryCodes())],
    })),
})

export const mfa = router({
  get: sessionProcedure()
    .meta(rest('GET /auth/mfa', 'Which second factors one has'))
    .input(noInput)
    .output(z.object({ totp: z.boolean(), recoveryCodes: count, passkeys: count }))
    .query(({ ctx }) => ctx.credentials.secondFactors()),

  totp,
  recovery,
})
