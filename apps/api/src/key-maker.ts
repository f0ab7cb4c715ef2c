import type { NewApiKey, SignedIn } from '@repo/auth'
import { AppError } from '@repo/errors'
import { type Grants, holds, isHighRisk, type Permission } from '@repo/rbac'
import type { Services } from './services.ts'

/** Keys of a person in the organization they act in. */
export interface KeyMaker {
  /** Throws `forbidden` for a permission that the maker does not hold. */
  create(key: {
    readonly name: string
    readonly permissions: readonly Permission[]
    readonly expiresInDays?: number
  }): Promise<NewApiKey>
  rotate(key: { readonly id: string; readonly permissions: readonly string[] }): Promise<NewApiKey>
}

const maxAgeDays = { usual: 90, highRisk: 30 }

/** G35: 90 days, 30 for a key that may change what others own. */
const ageOf = (permissions: readonly string[]) =>
  permissions.some(isHighRisk) ? maxAgeDays.highRisk : maxAgeDays.usual

export function openKeyMaker(
  { caller, services }: { readonly caller: SignedIn; readonly services: Services },
  { organizationId, grants }: { readonly organizationId: string; readonly grants: Grants },
): KeyMaker {
  const { accounts, apiKeys } = services
  const { userId, email } = caller
  return {
    async create(key) {
      if (!key.permissions.every((permission) => holds(grants, permission))) {
        throw new AppError('forbidden', { detail: 'A key may do no more than its owner.' })
      }
      const owner = { userId, organizationId }
      const made = await apiKeys.create({ ...owner, ...key, maxAgeDays: ageOf(key.permissions) })
      await accounts.mails.notice(email, 'apiKeyCreated')
      return made
    },
    async rotate({ id, permissions }) {
      const made = await apiKeys.rotate(id, { maxAgeDays: ageOf(permissions) })
      await accounts.mails.notice(email, 'apiKeyRotated')
      return made
    },
  }
}
