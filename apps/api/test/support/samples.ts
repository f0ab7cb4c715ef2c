import { createPng } from '@repo/testing'
import type { Person, World } from './create-world.ts'
import { password } from './create-world.ts'

/** What a call is about: a person, and an object of theirs made for this call alone. */
export interface Subject {
  readonly person: Person
  readonly orderId: number
}

/** A subject for asking what a sample names, without a database. */
export const anySubject: Subject = {
  person: { id: 'id', email: 'email', organizationId: 'id', cookie: '' },
  orderId: 1,
}

export async function createSubject(world: World, person: Person): Promise<Subject> {
  return {
    person,
    orderId: await world.createOrder(person),
  }
}

// What prepared-samples.ts makes for each call: links, codes, keys.
const prepared = ''
const pixel = createPng()
const newPassword = 'an entirely new passphrase'
const ofEndpoint = ({ person }: Subject) => ({
  organizationId: person.organizationId,
  webhookId: prepared,
})
const freshEmail = () => `${crypto.randomUUID()}@sample.test`

/**
 * A valid input of every procedure, about the subject. The walking tests call each procedure with
 * it as every kind of caller; a procedure without a sample fails them.
 */
export const samples: Readonly<
  Record<string, (subject: Subject) => Readonly<Record<string, unknown>> | undefined>
> = {
  'account.delete': () => undefined,
  'account.export': () => undefined,
  'admin.alerts.acknowledge': () => ({ alertId: prepared }),
  'admin.alerts.get': () => ({ alertId: prepared }),
  'admin.alerts.list': () => ({}),
  'admin.alerts.resolve': () => ({ alertId: prepared }),
  'admin.apiKeys.listDue': () => ({}),
  'admin.auditChain.get': () => ({}),
  'admin.auditEvents.list': () => ({}),
  'admin.blockedAddresses.delete': () => ({ address: prepared }),
  'admin.blockedAddresses.list': () => ({}),
  'admin.digests.get': () => ({ week: prepared }),
  'admin.digests.getRunning': () => ({}),
  'admin.digests.list': () => ({}),
  'admin.jobQueues.list': () => ({}),
  'admin.oauthClients.create': () => ({
    kind: 'browser',
    name: 'App',
    scopes: ['order:read:own'],
    redirectUris: ['https://app.test/callback'],
  }),
  'admin.oauthClients.delete': () => ({ clientId: prepared }),
  'admin.oauthClients.list': () => ({}),
  'admin.oauthClients.rotateSecret': () => ({ clientId: prepared }),
  'admin.oauthClients.update': () => ({ clientId: prepared, name: 'New name' }),
  'admin.organizations.list': () => ({}),
  'admin.organizations.update': ({ person }) => ({
    organizationId: person.organizationId,
    plan: 'standard',
  }),
  'admin.overview.get': () => ({}),
  'admin.refusals.get': () => ({}),
  'admin.refusals.listSources': () => ({}),
  'admin.sessions.count': () => ({}),
  'admin.sessions.list': () => ({}),
  'admin.users.create': () => ({ email: freshEmail(), name: 'New Person' }),
  'admin.users.impersonate': ({ person }) => ({ userId: person.id, reason: 'They asked for it.' }),
  'admin.users.list': () => ({}),
  'admin.users.logOut': ({ person }) => ({ userId: person.id }),
  'admin.users.resetSecondFactor': ({ person }) => ({ userId: person.id }),
  'admin.users.update': ({ person }) => ({ userId: person.id, name: 'New Name' }),
  'apiKeys.create': () => ({ name: 'Sync', permissions: ['order:read:own'] }),
  'apiKeys.list': () => ({}),
  'apiKeys.revoke': () => ({ keyId: prepared }),
  'apiKeys.rotate': () => ({ keyId: prepared }),
  'auth.email.change': () => ({ email: freshEmail() }),
  'auth.email.confirm': () => ({ token: prepared }),
  'auth.email.verify': () => ({ token: prepared }),
  'auth.endImpersonation': () => undefined,
  'auth.externalIdentities.delete': () => ({ identityId: prepared }),
  'auth.externalIdentities.list': () => ({}),
  'auth.login': ({ person }) => ({ email: person.email, password }),
  'auth.logout': () => undefined,
  'auth.mfa.get': () => undefined,
  'auth.mfa.recovery.replace': () => undefined,
  'auth.mfa.recovery.verify': () => ({ code: prepared }),
  'auth.mfa.totp.confirm': () => ({ code: prepared }),
  'auth.mfa.totp.disable': () => undefined,
  'auth.mfa.totp.enroll': () => undefined,
  'auth.mfa.totp.verify': () => ({ code: prepared }),
  'auth.passkeys.delete': () => ({ passkeyId: prepared }),
  'auth.passkeys.list': () => ({}),
  'auth.passkeys.login': () => ({ response: prepared }),
  'auth.passkeys.register': () => ({ name: 'Laptop', response: prepared }),
  'auth.passkeys.startLogin': () => undefined,
  'auth.passkeys.startRegistration': () => undefined,
  'auth.password.change': () => ({ currentPassword: password, newPassword }),
  'auth.password.forgot': ({ person }) => ({ email: person.email }),
  'auth.password.reset': () => ({ token: prepared, password: newPassword }),
  'auth.register': () => ({ email: freshEmail(), password: newPassword, name: 'New Person' }),
  'auth.session': () => undefined,
  'auth.stepUp': () => ({ password }),
  'files.create': () => ({ name: 'pixel.png', content: pixel.toString('base64') }),
  'files.delete': () => ({ fileId: prepared }),
  'files.download': () => ({ fileId: prepared }),
  'files.get': () => ({ fileId: prepared }),
  'files.list': () => ({}),
  'grants.list': () => ({}),
  'grants.revoke': () => ({ grantId: prepared }),
  'invitations.accept': () => ({ token: prepared }),
  'orders.list': ({ person }) => ({ userId: person.id }),
  'orders.get': ({ orderId }) => ({ orderId }),
  'orders.create': ({ person }) => ({ userId: person.id, currency: 'EUR', totalCents: 500 }),
  'orders.update': ({ orderId }) => ({ orderId, status: 'paid' }),
  'orders.delete': ({ orderId }) => ({ orderId }),
  'organizations.auditEvents.export': ({ person }) => ({ organizationId: person.organizationId }),
  'organizations.auditEvents.list': ({ person }) => ({ organizationId: person.organizationId }),
  'organizations.create': () => ({ name: 'New organization' }),
  'organizations.delete': ({ person }) => ({ organizationId: person.organizationId }),
  'organizations.invitations.create': ({ person }) => ({
    organizationId: person.organizationId,
    email: freshEmail(),
    role: 'viewer',
  }),
  'organizations.invitations.list': ({ person }) => ({ organizationId: person.organizationId }),
  'organizations.invitations.revoke': ({ person }) => ({
    organizationId: person.organizationId,
    invitationId: prepared,
  }),
  'organizations.leave': ({ person }) => ({ organizationId: person.organizationId }),
  'organizations.list': () => ({}),
  'organizations.get': ({ person }) => ({ organizationId: person.organizationId }),
  'organizations.members.list': ({ person }) => ({ organizationId: person.organizationId }),
  'organizations.members.remove': ({ person }) => ({
    organizationId: person.organizationId,
    userId: person.id,
  }),
  'organizations.members.update': ({ person }) => ({
    organizationId: person.organizationId,
    userId: person.id,
    role: 'viewer',
  }),
  'organizations.roles.create': ({ person }) => ({
    organizationId: person.organizationId,
    name: crypto.randomUUID(),
    permissions: ['order:read:own'],
  }),
  'organizations.roles.delete': ({ person }) => ({
    organizationId: person.organizationId,
    roleId: prepared,
  }),
  'organizations.roles.list': ({ person }) => ({ organizationId: person.organizationId }),
  'organizations.roles.update': ({ person }) => ({
    organizationId: person.organizationId,
    roleId: prepared,
    permissions: ['order:read:any'],
  }),
  'organizations.update': ({ person }) => ({
    organizationId: person.organizationId,
    requireSecondFactor: false,
  }),
  'sessions.list': () => ({}),
  'sessions.revoke': () => ({ sessionId: prepared }),
  'sessions.revokeOthers': () => undefined,
  'users.get': ({ person }) => ({ userId: person.id }),
  'users.update': ({ person }) => ({ userId: person.id, name: 'New Name' }),
  'webhooks.create': ({ person }) => ({
    organizationId: person.organizationId,
    url: 'https://receiver.test/hook',
    events: ['order.created'],
  }),
  'webhooks.delete': ofEndpoint,
  'webhooks.deliveries.get': (subject) => ({ ...ofEndpoint(subject), deliveryId: prepared }),
  'webhooks.deliveries.list': ofEndpoint,
  'webhooks.deliveries.replay': (subject) => ({ ...ofEndpoint(subject), deliveryId: prepared }),
  'webhooks.get': ofEndpoint,
  'webhooks.list': ({ person }) => ({ organizationId: person.organizationId }),
  'webhooks.rotateSecret': (subject) => ({ ...ofEndpoint(subject), overlapHours: 1 }),
  'webhooks.test': ofEndpoint,
  'webhooks.update': (subject) => ({ ...ofEndpoint(subject), description: 'Another one.' }),
}
