import { successorContext } from './oauth-server/extend-provider.ts'
import { recordContext } from './oauth-server/oauth-storage.ts'
import { totpContext } from './second-factors.ts'

/** What stands encrypted in columns of accounts, as `jobs.list_sealed_values` calls it: what each value is bound to, by its place. */
export const sealedContexts = {
  totp: totpContext,
  'oauth-record': recordContext,
  'oauth-successor': successorContext,
  // Their place says it already (keyContext).
  'rotating-key': (place: string) => place,
} as const satisfies Readonly<Record<string, (place: string) => string>>
