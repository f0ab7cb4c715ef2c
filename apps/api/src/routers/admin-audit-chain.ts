import { z } from 'zod'
import { auditChain as auditChainOutput } from '../platform-outputs.ts'
import { adminProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

export const auditChain = router({
  get: adminProcedure('platformAuditEvent:read')
    .meta(rest('GET /admin/audit-chain', 'How far the audit log is sealed'))
    .input(z.strictObject({}))
    .output(auditChainOutput)
    .query(({ ctx }) => ctx.platform.getAuditChain()),
})
