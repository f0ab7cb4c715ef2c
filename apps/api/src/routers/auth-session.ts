import type { SignedIn } from '@repo/auth'
import { id, outputEmail, outputText } from '@repo/validation'
import { z } from 'zod'

export const platformRole = z.enum(['admin', 'support']).nullable()

/** Who is logged in, as the API tells it. */
export const session = z.object({
  user: z.object({ id, email: outputEmail, name: outputText(100), platformRole }),
  organizations: z
    .array(z.object({ id, role: outputText(30), requiresSecondFactor: z.boolean() }))
    .meta({ maxItems: 10_000 }),
  secondFactor: z.boolean(),
  /** An administrator of the platform acts as the user: say so wherever they look. */
  impersonated: z.boolean(),
  authenticatedAt: z.iso.datetime().meta({ maxLength: 24 }),
  expiresAt: z.iso.datetime().meta({ maxLength: 24 }),
})

export function toSession({ credential, memberships, ...user }: SignedIn) {
  return {
    user: { ...user, id: user.userId, platformRole: platformRole.parse(user.platformRole) },
    organizations: memberships.map(({ organizationId, ...rest }) => ({
      id: organizationId,
      ...rest,
    })),
    secondFactor: credential.secondFactor,
    impersonated: credential.impersonatorId !== null,
    authenticatedAt: credential.authenticatedAt.toISOString(),
    expiresAt: credential.expiresAt.toISOString(),
  }
}
