import { z } from 'zod'
import { refusalSources, refusalSteps } from '../platform-outputs.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

const spans = {
  hour: { steps: 4, stepMinutes: 15 },
  day: { steps: 48, stepMinutes: 30 },
  week: { steps: 42, stepMinutes: 240 },
} as const
const spanMinutes = { hour: 60, day: 24 * 60 } as const
const maxSources = 20

export const refusals = router({
  get: adminProcedure('platformAuditEvent:read')
    .meta(rest('GET /admin/refusals', 'How many calls were refused, over time'))
    .input(z.strictObject({ span: z.enum(['hour', 'day', 'week']).default('day') }))
    .output(refusalSteps)
    .query(async ({ ctx, input }) => {
      const span = spans[input.span]
      return { stepMinutes: span.stepMinutes, steps: await ctx.platform.listRefusals(span) }
    }),

  listSources: adminProcedure('platformAuditEvent:read')
    .meta(rest('GET /admin/refusals/sources', 'The networks whose calls were refused most'))
    .input(z.strictObject({ span: z.enum(['hour', 'day']).default('hour') }))
    .output(refusalSources)
    .query(async ({ ctx, input }) => ({
      items: await ctx.platform.listRefusalSources(spanMinutes[input.span], maxSources),
    })),
})
