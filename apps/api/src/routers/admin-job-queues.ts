import { z } from 'zod'
import { jobQueue } from '../platform-outputs.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

export const jobQueues = router({
  list: adminProcedure('platformOverview:read')
    .meta(rest('GET /admin/job-queues', 'What waits in each queue of jobs, and since when'))
    .input(z.strictObject({}))
    .output(z.object({ items: z.array(jobQueue).meta({ maxItems: 100 }).readonly() }))
    .query(async ({ ctx }) => ({ items: await ctx.platform.listJobQueues() })),
})
