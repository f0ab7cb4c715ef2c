import { AppError } from '@repo/errors'
import { t } from './trpc.ts'

/**
 * Only a change of one object can be made on the condition that it is as the caller saw it; whatever
 * else is asked with a tag in If-Match has no such tag, and is not done (RFC 9110, section 13.1.1).
 */
export const refuseUnmatchable = t.middleware(async ({ ctx, meta, next }) => {
  const { guards, identity } = ctx
  const { access } = meta ?? {}
  // What the platform's administrators change stands in no scope that a tag could narrow.
  const action = access && 'action' in access && access.door !== 'admin' ? access.action : ''
  const isChange = /:(update|delete)$/.test(action)
  // Nobody is refused by the door.
  if (guards.unchangedSince && identity && !isChange) throw new AppError('precondition_failed')
  return next()
})
