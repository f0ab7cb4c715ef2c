import { outputText } from '@repo/validation'
import { z } from 'zod'
import { freshSessionProcedure } from '../procedures/doors.ts'
import { noInput, nothing } from '../procedures/nothing.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

const words = outputText(10_000)
const cell = z.union([
  words,
  z.number(),
  z.boolean(),
  z.null(),
  z.array(words).meta({ maxItems: 100 }),
])
const rows = z.array(z.record(outputText(63), cell)).meta({ maxItems: 10_000 })

export const account = router({
  export: freshSessionProcedure('export')
    .meta(rest('GET /account/export', 'What is kept about oneself: at most 10 000 rows of a kind'))
    .input(noInput)
    .output(z.record(outputText(63), rows))
    .query(({ ctx }) => ctx.credentials.exportAccount()),

  delete: freshSessionProcedure('remedy')
    .meta(rest('DELETE /account', 'Delete the own account'))
    .meta({ holdsSecret: true })
    .input(noInput)
    .output(nothing)
    .mutation(({ ctx }) => ctx.credentials.deleteAccount()),
})
