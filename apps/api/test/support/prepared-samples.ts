import { createHash } from 'node:crypto'
import { generateToken, hashToken } from '@repo/auth'
import { createAuthenticator, createPng, generateTotpCode } from '@repo/testing'
import type { Person, World } from './create-world.ts'
import { openSession, password } from './create-world.ts'
import { createRole, freeRoles } from './custom-roles.ts'
import type { Subject } from './samples.ts'
import { createEndpoint, freeEndpoints } from './webhooks.ts'

/** What a call is about, and who makes it; null for nobody. */
export interface Occasion {
  readonly world: World
  readonly subject: Subject
  readonly caller: Person | null
}

type Prepare = (occasion: Occasion) => Promise<Readonly<Record<string, unknown>>>

let blocked = 0

/** What must be there before a procedure can be called: links that were mailed, codes, keys, passkeys. */
export const preparations: Readonly<Record<string, Prepare>> = {
  'admin.alerts.acknowledge': async ({ world }) => ({ alertId: await raiseAlert(world) }),
  'admin.alerts.get': async ({ world }) => ({ alertId: await raiseAlert(world) }),
  'admin.alerts.resolve': async ({ world }) => ({ alertId: await raiseAlert(world) }),
  'admin.blockedAddresses.delete': async ({ world }) => {
    const address = `192.0.2.${blocked++ % 250}`
    await world.api.services.blocks.block(address, 'sample')
    return { address }
  },
  'admin.digests.get': async ({ world }) => ({ week: await keepDigest(world) }),
  'admin.oauthClients.delete': async ({ world }) => ({ clientId: await createServerClient(world) }),
  'admin.oauthClients.rotateSecret': async ({ world }) => ({
    clientId: await createServerClient(world),
  }),
  'admin.oauthClients.update': async ({ world }) => ({ clientId: await createServerClient(world) }),
  'apiKeys.revoke': async (occasion) => ({ keyId: await createKey(occasion) }),
  'apiKeys.rotate': async (occasion) => ({ keyId: await createKey(occasion) }),
  'auth.email.confirm': async ({ world, subject: { person } }) => {
    const token = generateToken()
    const columns = '(user_id, new_email, old_token_id, new_token_id, expires_at)'
    const values = [person.id, `${person.id}@sample.test`, hashToken(token), crypto.randomUUID()]
    await world.sql.run(
      `INSERT INTO email_changes ${columns} VALUES ($1, $2, $3, $4, now() + interval '1 hour')
       ON CONFLICT (user_id) DO UPDATE SET old_token_id = $3, new_token_id = $4, old_confirmed_at = NULL`,
      values,
    )
    return { token }
  },
  'auth.email.verify': async ({ world }) => {
    const token = generateToken()
    const data = { name: 'New', hash: password, organization: 'New' }
    const email = `${crypto.randomUUID()}@sample.test`
    await world.keepLink(token, { purpose: 'register', email, data })
    return { token }
  },
  'auth.externalIdentities.delete': async ({ world, subject: { person } }) => {
    const columns = '(issuer, subject, user_id, provider)'
    const [row] = await world.sql.run(
      `INSERT INTO external_identities ${columns} VALUES ('https://id.test', $1, $2, 'acme')
       RETURNING id`,
      [crypto.randomUUID(), person.id],
    )
    return { identityId: String(row?.['id']) }
  },
  'auth.password.reset': async ({ world, subject: { person } }) => {
    const token = generateToken()
    await world.keepLink(token, { purpose: 'reset_password', email: person.email })
    return { token }
  },
  'auth.mfa.recovery.replace': async (occasion) => {
    await turnTotpOn(occasion)
    await useSecondFactor(occasion)
    return {}
  },
  'auth.mfa.recovery.verify': async (occasion) => ({
    code: (await turnTotpOn(occasion)).recoveryCode,
  }),
  'auth.mfa.totp.confirm': async (occasion) => {
    const { enroll } = enrollmentOf(occasion)
    return { code: generateTotpCode((await enroll()).secret, new Date()) }
  },
  // The step after the one that confirmed: each is good once, and one ahead is within the window.
  'auth.mfa.totp.verify': async (occasion) => ({ code: (await turnTotpOn(occasion)).nextCode }),
  'auth.passkeys.delete': async (occasion) => {
    const { world, subject } = occasion
    const { person } = subject
    await useSecondFactor(occasion)
    const columns = '(user_id, credential_id, public_key, backed_up, name)'
    const [row] = await world.sql.run(
      `INSERT INTO passkeys ${columns} VALUES ($1, $2, '', false, 'Laptop') RETURNING id`,
      [person.id, crypto.randomUUID()],
    )
    return { passkeyId: String(row?.['id']) }
  },
  'auth.passkeys.login': async ({ world, subject: { person } }) => {
    const { passkeys, authenticator } = passkeysOf(world)
    const user = { userId: person.id, email: person.email, name: 'Person' }
    const response = authenticator.create(await passkeys.startRegistration(user))
    await passkeys.register(user, { name: 'Laptop', response })
    return { response: authenticator.get(await passkeys.startLogIn()) }
  },
  'auth.passkeys.register': async ({ world, caller, subject }) => {
    const { passkeys, authenticator } = passkeysOf(world)
    const { id: userId, email } = caller ?? subject.person
    const options = await passkeys.startRegistration({ userId, email, name: 'Person' })
    return { response: authenticator.create(options) }
  },
  'files.delete': async (occasion) => ({ fileId: await createFile(occasion) }),
  'files.download': async (occasion) => ({ fileId: await createFile(occasion) }),
  'files.get': async (occasion) => ({ fileId: await createFile(occasion) }),
  'grants.revoke': async ({ world, subject: { person } }) => ({
    grantId: await createGrant(world, person),
  }),
  'invitations.accept': async ({ world, caller, subject: { person } }) => {
    const token = generateToken()
    const { email } = caller ?? person
    await world.invite({ organizationId: await world.createTenant('Other'), email, token })
    return { token }
  },
  'organizations.invitations.create': async ({ world, subject: { person } }) => {
    await freeSeats(world, person.organizationId)
    return {}
  },
  'organizations.invitations.revoke': async ({ world, subject: { person } }) => {
    const { organizationId } = person
    return {
      invitationId: await world.invite({ organizationId, email: `${person.id}@sample.test` }),
    }
  },
  'organizations.roles.create': async ({ world, subject: { person } }) => {
    await freeRoles(world, person.organizationId)
    return {}
  },
  'organizations.roles.delete': async (occasion) => ({ roleId: await createFreeRole(occasion) }),
  'organizations.roles.update': async (occasion) => ({ roleId: await createFreeRole(occasion) }),
  'sessions.revoke': async ({ world, subject: { person } }) => {
    await openSession(world.api, person.id)
    const sessions = await world.api.services.sessionStore.list(person.id)
    return { sessionId: sessions.find(({ userAgent }) => userAgent === null)?.id }
  },
  'webhooks.create': async ({ world, subject: { person } }) => {
    await freeEndpoints(world, person.organizationId)
    return {}
  },
  'webhooks.delete': async (occasion) => ({ webhookId: await createEndpointOf(occasion) }),
  'webhooks.deliveries.get': createDeliveryOf,
  'webhooks.deliveries.list': async (occasion) => ({ webhookId: await createEndpointOf(occasion) }),
  'webhooks.deliveries.replay': createDeliveryOf,
  'webhooks.get': async (occasion) => ({ webhookId: await createEndpointOf(occasion) }),
  'webhooks.rotateSecret': async (occasion) => ({ webhookId: await createEndpointOf(occasion) }),
  'webhooks.test': async (occasion) => ({ webhookId: await createEndpointOf(occasion) }),
  'webhooks.update': async (occasion) => ({ webhookId: await createEndpointOf(occasion) }),
}

const createEndpointOf = ({ world, subject: { person } }: Occasion) =>
  createEndpoint(world, person.organizationId)

async function createDeliveryOf({ world, subject: { person } }: Occasion) {
  const { organizationId } = person
  const webhookId = await createEndpoint(world, organizationId)
  const endpoint = { organizationId, endpointId: webhookId }
  return { webhookId, deliveryId: await world.api.services.webhooks.send(endpoint) }
}

/** The walks leave many people in one organization: all but its founder and the newest give up their seats. */
async function freeSeats({ sql }: World, organizationId: string): Promise<void> {
  await sql.run('DELETE FROM invitations WHERE organization_id = $1', [organizationId])
  await sql.run(
    `UPDATE memberships SET removed_at = now() WHERE organization_id = $1 AND user_id IN (
       SELECT user_id FROM memberships
        WHERE organization_id = $1 AND created_at > (
          SELECT min(created_at) FROM memberships WHERE organization_id = $1)
        ORDER BY created_at DESC OFFSET 6)`,
    [organizationId],
  )
}

async function createFreeRole({ world, subject: { person } }: Occasion): Promise<string> {
  const { organizationId } = person
  await freeRoles(world, organizationId)
  return createRole(world, { organizationId, permissions: ['order:read:own'] })
}

async function createServerClient({ api }: World): Promise<string> {
  const client = {
    name: 'Server',
    redirectUris: ['https://server.test/'],
    firstParty: false,
  } as const
  const kind = { kind: 'server', scopes: [], organizationId: null } as const
  return (await api.clients.create({ ...client, ...kind })).id
}

async function createGrant(world: World, { id, organizationId }: Person): Promise<string> {
  const columns =
    '(id, user_id, client_id, organization_id, scopes, second_factor, payload, expires_at)'
  const [row] = await world.sql.run(
    `INSERT INTO oauth_grants ${columns}
     VALUES (gen_random_uuid(), $1, $2, $3, '{}', false, '{}', now() + interval '1 day') RETURNING id`,
    [id, await createServerClient(world), organizationId],
  )
  return String(row?.['id'])
}

const pixel = createPng()

async function createFile({ world, subject: { person } }: Occasion): Promise<string> {
  const key = crypto.randomUUID()
  await world.api.services.files?.storage.put(key, pixel)
  const columns =
    '(id, organization_id, user_id, name, media_type, bytes, sha256, status, storage_key)'
  const [row] = await world.sql.run(
    `INSERT INTO files ${columns}
     VALUES (gen_random_uuid(), $1, $2, 'pixel.png', 'image/png', $3, $4, 'clean', $5) RETURNING id`,
    [person.organizationId, person.id, pixel.length, sha256(pixel), key],
  )
  return String(row?.['id'])
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function createKey({ world, subject: { person } }: Occasion): Promise<string> {
  const owner = { userId: person.id, organizationId: person.organizationId, name: 'Key' }
  const permissions = ['order:read:own']
  return (await world.api.services.apiKeys.create({ ...owner, permissions, maxAgeDays: 30 })).id
}

function enrollmentOf({ world, caller, subject }: Occasion) {
  const { id: userId, email } = caller ?? subject.person
  const { secondFactors } = world.api.services
  return { userId, secondFactors, enroll: () => secondFactors.enrollTotp({ userId, email }) }
}

/** The caller's TOTP is on; a code and a recovery code that are still good. */
async function turnTotpOn(occasion: Occasion) {
  const { userId, secondFactors, enroll } = enrollmentOf(occasion)
  const { secret } = await enroll()
  const { api } = occasion.world
  await openSession(api, userId)
  const sessionId = (await api.services.sessionStore.list(userId))[0]?.id ?? ''
  const now = new Date()
  const attempt = { userId, sessionId, code: generateTotpCode(secret, now) }
  const [recoveryCode] = await secondFactors.confirmTotp(attempt)
  const nextCode = generateTotpCode(secret, new Date(now.getTime() + 30_000))
  return { recoveryCode, nextCode }
}

/** The caller's sessions were made with a second factor: who has one changes it with it. */
async function useSecondFactor({ world, caller }: Occasion): Promise<void> {
  const text = 'UPDATE sessions SET second_factor_at = now() WHERE user_id = $1'
  if (caller) await world.sql.run(text, [caller.id])
}

function passkeysOf({ api: { services } }: World) {
  const authenticator = createAuthenticator({ origin: services.config.baseUrl })
  return { passkeys: services.passkeys, authenticator }
}

/** Of a week of long ago, so that no other has it. */
async function keepDigest({ sql }: World): Promise<string> {
  const week = '2020-01-06'
  const content = { week, until: '2020-01-13T00:00:00.000Z', weeksKnown: 0 }
  await sql.run('INSERT INTO audit.digests VALUES ($1, now(), $2) ON CONFLICT DO NOTHING', [
    week,
    { ...content, findings: [], sections: [], standing: [] },
  ])
  return week
}

async function raiseAlert({ api }: World): Promise<string> {
  const [row] = await api.services.database.database.query({
    name: 'raise_sample',
    text: `SELECT alert_id FROM identity.raise_alert('mass_export', 'info', $1, 'A sample.', 1, 1, now(), 60)`,
    values: [crypto.randomUUID()],
  })
  return String(row?.['alert_id'])
}
