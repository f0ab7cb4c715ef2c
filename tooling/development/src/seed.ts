import { createPasswords, createSecondFactors } from '@repo/auth'
import { type Database, openDatabase, type PrismaClient } from '@repo/database'
import type { Encryption } from '@repo/encryption'
import { type Credentials, generatePassword, type SeededUser } from './credentials.ts'
import { ordersOf, organizations, people } from './seed-data.ts'
import { seedOAuthClients } from './seed-oauth-clients.ts'

/**
 * Fills a database with two tenants, six people and their orders; what is there already is kept,
 * but the people get new passwords. Returns their log-ins.
 */
export async function seed(
  ownerUrl: string,
  options: { readonly baseUrl: string; readonly encryption: Encryption },
): Promise<Credentials> {
  const { baseUrl, encryption } = options
  const database = openDatabase({ url: ownerUrl })
  const { prisma, close } = database
  try {
    const tenants = await seedOrganizations(prisma)
    const users: Record<string, SeededUser> = {}
    for (const [key, person] of Object.entries(people)) {
      const user = await seedPerson(prisma, person)
      const organizationId = tenants[person.organization] ?? ''
      await seedMembership(prisma, { organizationId, userId: user.id, role: person.role })
      await seedOrders(prisma, { organizationId, userId: user.id, count: person.orders })
      const hasCodes = person.platformRole === 'admin'
      users[key] = hasCodes ? await seedTotp(database, encryption, user) : user
    }
    const { acme = '', globex = '' } = tenants
    const oauthClients = await seedOAuthClients(database, {
      adminId: users['root']?.id ?? '',
      organizationId: acme,
    })
    const organizations = { acme: { id: acme }, globex: { id: globex } }
    return { baseUrl, users, organizations, oauthClients }
  } finally {
    await close()
  }
}

/** Whether anybody is in the database yet. */
export async function isEmpty(ownerUrl: string): Promise<boolean> {
  const { prisma, close } = openDatabase({ url: ownerUrl })
  try {
    return (await prisma.user.count()) === 0
  } finally {
    await close()
  }
}

/** Whether these users are the database's. */
export async function hasUsers(
  ownerUrl: string,
  users: Readonly<Record<string, SeededUser>>,
): Promise<boolean> {
  const { prisma, close } = openDatabase({ url: ownerUrl })
  try {
    const id = { in: Object.values(users).map((user) => user.id) }
    return id.in.length > 0 && (await prisma.user.count({ where: { id } })) === id.in.length
  } catch {
    // An id that is none: the file was written by hand.
    return false
  } finally {
    await close()
  }
}

async function seedOrganizations(prisma: PrismaClient): Promise<Record<string, string>> {
  const ids: Record<string, string> = {}
  for (const [key, name] of Object.entries(organizations)) {
    const found = await prisma.organization.findFirst({ where: { name } })
    ids[key] = (found ?? (await prisma.organization.create({ data: { name } }))).id
  }
  return ids
}

async function seedPerson(
  prisma: PrismaClient,
  { email, name, platformRole }: (typeof people)[keyof typeof people],
): Promise<SeededUser> {
  const password = generatePassword()
  const hash = await createPasswords().hash(password)
  const { id } = await prisma.user.upsert({
    where: { email },
    create: { email, name, platformRole, emailVerifiedAt: new Date() },
    update: {},
  })
  await prisma.password.upsert({
    where: { userId: id },
    create: { userId: id, hash },
    update: { hash },
  })
  return { id, email, password }
}

/** The second factor that a platform admin needs; a new one at every seeding, as the password is. */
async function seedTotp(
  database: Database,
  encryption: Encryption,
  user: SeededUser,
): Promise<SeededUser> {
  const of = { where: { userId: user.id } }
  const secondFactors = createSecondFactors({ database, encryption, clock: () => new Date() })
  await database.prisma.totpSecret.deleteMany(of)
  const { secret } = await secondFactors.enrollTotp({ userId: user.id, email: user.email })
  await database.prisma.totpSecret.update({ ...of, data: { confirmedAt: new Date() } })
  return { ...user, totpSecret: secret }
}

async function seedMembership(
  prisma: PrismaClient,
  data: { organizationId: string; userId: string; role: 'owner' | 'admin' | 'member' | 'viewer' },
): Promise<void> {
  const { organizationId, userId } = data
  const where = { organizationId_userId: { organizationId, userId } }
  await prisma.membership.upsert({ where, create: data, update: {} })
}

async function seedOrders(
  prisma: PrismaClient,
  { count, ...owner }: { organizationId: string; userId: string; count: number },
): Promise<void> {
  if ((await prisma.order.count({ where: owner })) > 0) return
  await prisma.order.createMany({ data: ordersOf(count).map((order) => ({ ...owner, ...order })) })
}
