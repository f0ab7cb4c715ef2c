import { z } from 'zod'
import { overview as overviewOutput } from '../platform-outputs.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

export const overview = router({
  get: adminProcedure('platformOverview:read')
    .meta(rest('GET /admin/overview', 'What an administrator should know at once, in numbers'))
    .input(z.strictObject({}))
    .output(overviewOutput)
    .query(({ ctx }) => ctx.platform.getOverview()),
})
