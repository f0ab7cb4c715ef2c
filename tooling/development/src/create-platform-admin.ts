import { generateToken, hashToken } from '@repo/auth'
import { openDatabase, type PrismaClient } from '@repo/database'
import { email as emailForm } from '@repo/validation'
import { SetupError } from './setup-error.ts'

const linkMs = 60 * 60 * 1_000

/**
 * Makes the user with this address the platform admin of an installation that has none, and returns a
 * link, good once and for an hour, that sets their password. For the one there is already it is a way
 * back in. Throws SetupError for any other address, and for what is no address.
 */
export async function createPlatformAdmin(
  ownerUrl: string,
  options: { readonly email: string | undefined; readonly baseUrl: string },
): Promise<string> {
  const { data: email } = emailForm.safeParse(options.email)
  if (!email) {
    throw new SetupError(
      'A platform admin needs an e-mail address.',
      'Give one: npx pnpm@12 admin:create you@example.com',
    )
  }
  const { prisma, close } = openDatabase({ url: ownerUrl })
  try {
    await refuseAnother(prisma, email)
    await makeAdmin(prisma, email)
    const token = generateToken()
    const expiresAt = new Date(Date.now() + linkMs)
    const link = { id: hashToken(token), purpose: 'reset_password', email, expiresAt } as const
    await prisma.oneTimeToken.create({ data: link })
    return `${new URL('/account/reset-password', options.baseUrl).href}#${token}`
  } finally {
    await close()
  }
}

async function refuseAnother(prisma: PrismaClient, email: string): Promise<void> {
  const isAnother = { platformRole: 'admin', disabledAt: null, email: { not: email } } as const
  const another = await prisma.user.findFirst({ where: isAnother })
  if (!another) return
  throw new SetupError(
    `${another.email} is a platform admin already.`,
    'This command makes the first one; it also gives that one a new link.',
  )
}

/** Whoever had this address may not be who has it now: nothing they set opens an administrator's account. */
async function endCredentials(prisma: PrismaClient, email: string): Promise<void> {
  const user = await prisma.user.findUnique({ where: { email } })
  if (!user || user.platformRole === 'admin') return
  const where = { userId: user.id }
  await prisma.$transaction([
    prisma.password.deleteMany({ where }),
    prisma.session.deleteMany({ where }),
    prisma.totpSecret.deleteMany({ where }),
    prisma.recoveryCode.deleteMany({ where }),
    prisma.passkey.deleteMany({ where }),
    prisma.apiKey.deleteMany({ where }),
    prisma.emailChange.deleteMany({ where }),
  ])
}

async function makeAdmin(prisma: PrismaClient, email: string): Promise<void> {
  await endCredentials(prisma, email)
  const user = await prisma.user.upsert({
    where: { email },
    create: { email, name: 'Administrator', platformRole: 'admin' },
    update: { platformRole: 'admin', disabledAt: null },
    include: { memberships: true },
  })
  if (user.memberships.length > 0) return
  const { id: organizationId } = await prisma.organization.create({
    data: { name: 'Administration' },
  })
  await prisma.membership.create({ data: { organizationId, userId: user.id, role: 'owner' } })
}
