import { generateToken, hashToken } from '@repo/auth'
import { keyPermissions } from '@repo/rbac'
import { openSql } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createVisitor } from '../support/create-visitor.ts'
import { openSession, type World } from '../support/create-world.ts'
import { createFirstPartyClient, issueToken } from '../support/issue-token.ts'
import { findMails, tokenIn, waitForMail } from '../support/mails.ts'
import {
  createMember,
  createOwner,
  type Member,
  outcomeOf,
  rolesIn,
} from '../support/organizations.ts'
import { withoutRequestId } from '../support/problem-of.ts'
import { request } from '../support/request.ts'
import { endSlowness, slowDown } from '../support/slow-down.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const path = ({ organizationId }: Pick<Member, 'organizationId'>) =>
  `/organizations/${organizationId}` as const
const freshEmail = () => `${crypto.randomUUID()}@invited.test`
const roles = ['owner', 'admin', 'member', 'viewer'] as const
const invite = (asker: Member, email: string, role = 'member') =>
  asker.ask(`POST ${path(asker)}/invitations`, { email, role })
const accept = ({ ask }: Pick<Member, 'ask'>, token: string) =>
  ask('POST /invitations/accept', { token })

/** The id of the first that is open. */
async function openInvitation(owner: Member): Promise<string> {
  const { body } = await owner.ask(`GET ${path(owner)}/invitations`)
  return z.object({ items: z.array(z.object({ id: z.string() })) }).parse(body).items[0]?.id ?? ''
}

/** An owner, and somebody of another organization whom they have invited. */
async function createInvited(role = 'member') {
  const owner = await createOwner(world)
  const invited = await createMember(world, world.globex, 'member')
  expect((await invite(owner, invited.email, role)).status).toBe(201)
  const token = tokenIn(await waitForMail(api, invited.email, /invited/))
  return { owner, invited, token }
}

describe('nobody gives a role above their own', () => {
  // What each role may give, by an invitation and by a change of role.
  const given: Readonly<Record<string, readonly string[]>> = {
    owner: roles,
    admin: ['admin', 'member', 'viewer'],
    member: [],
    viewer: [],
  }
  const pairs = roles.flatMap((asker) => roles.map((role) => [asker, role] as const))

  it.each(pairs)('the invitation of a %s to be %s', async (asker, role) => {
    const owner = await createOwner(world)
    const person = await createMember(world, owner.organizationId, asker)
    const email = freshEmail()
    const answer = await invite(person, email, role)
    const isGiven = given[asker]?.includes(role)
    expect(outcomeOf(answer), answer.text).toEqual(isGiven ? [201] : [403, 'forbidden'])
    const kept = await world.sql.run('SELECT role::text FROM invitations WHERE email = $1', [email])
    expect(kept).toEqual(isGiven ? [{ role }] : [])
  })

  const changes = pairs.flatMap(([asker, from]) => roles.map((to) => [asker, from, to] as const))
  it.each(changes)('the change by a %s of a %s to %s', async (asker, from, to) => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const person = await createMember(world, organizationId, asker)
    const target = await createMember(world, organizationId, from)
    const route = `PATCH ${path(owner)}/members/${target.id}` as const
    const answer = await person.ask(route, { role: to })
    const may = given[asker]?.includes(from) && given[asker]?.includes(to)
    const refused = given[asker]?.length === 0 ? [404, 'not_found'] : [403, 'forbidden']
    expect(outcomeOf(answer), answer.text).toEqual(may ? [200] : refused)
    const [row] = await world.sql.run('SELECT role::text FROM memberships WHERE user_id = $1', [
      target.id,
    ])
    expect(row).toEqual({ role: may ? to : from })
  })

  it.each(pairs)('the removal by a %s of a %s', async (asker, role) => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const person = await createMember(world, organizationId, asker)
    const target = await createMember(world, organizationId, role)
    const answer = await person.ask(`DELETE ${path(owner)}/members/${target.id}`)
    const may = given[asker]?.includes(role)
    const refused = given[asker]?.length === 0 ? [404, 'not_found'] : [403, 'forbidden']
    expect(outcomeOf(answer), answer.text).toEqual(may ? [204] : refused)
    expect(await rolesIn(world, organizationId)).toHaveLength(may ? 2 : 3)
  })

  it.each(['member', 'viewer'])('a %s raises themselves', async (role) => {
    const owner = await createOwner(world)
    const person = await createMember(world, owner.organizationId, role)
    const route = `PATCH ${path(owner)}/members/${person.id}` as const
    expect(outcomeOf(await person.ask(route, { role: 'admin' }))).toEqual([403, 'forbidden'])
    const given = await owner.ask(route, { role: 'admin' })
    expect(outcomeOf(given)).toEqual([200])
    expect(outcomeOf(await person.ask(route, { role: 'owner' }))).toEqual([403, 'forbidden'])
  })

  it('to a role that does not exist', async () => {
    const owner = await createOwner(world)
    for (const role of ['superuser', 'Owner', '', '__proto__']) {
      expect((await invite(owner, freshEmail(), role)).status).toBe(400)
    }
    expect((await invite(owner, freshEmail())).status).toBe(201)
  })
})

describe('a link is refused alike, and used up by no refusal,', () => {
  type Prepared = Awaited<ReturnType<typeof createInvited>>
  const change = (text: string, values: readonly unknown[]) => world.sql.run(text, [...values])
  const reasons: readonly [
    name: string,
    spoil: (made: Prepared) => Promise<Pick<Member, 'ask'>>,
  ][] = [
    ['that went to another address', () => createMember(world, world.globex, 'owner')],
    [
      'that expired',
      async ({ invited }) => {
        const text = 'UPDATE invitations SET expires_at = now() WHERE email = $1'
        await change(text, [invited.email])
        return invited
      },
    ],
    [
      'that was revoked',
      async ({ owner, invited }) => {
        const id = await openInvitation(owner)
        const answer = await owner.ask(`DELETE ${path(owner)}/invitations/${id}`)
        expect(answer.status).toBe(204)
        return invited
      },
    ],
    [
      'that was used',
      async ({ invited, token }) => {
        expect(outcomeOf(await accept(invited, token))).toEqual([200])
        return invited
      },
    ],
    [
      'that a second one replaced',
      async ({ owner, invited }) => {
        expect((await invite(owner, invited.email)).status).toBe(201)
        return invited
      },
    ],
    [
      'whose maker was removed',
      async ({ owner, invited }) => {
        const text = 'UPDATE memberships SET removed_at = now() WHERE user_id = $1'
        await change(text, [owner.id])
        return invited
      },
    ],
    [
      'whose maker stands below its role by now',
      async ({ owner, invited }) => {
        await change("UPDATE memberships SET role = 'viewer' WHERE user_id = $1", [owner.id])
        return invited
      },
    ],
    [
      'of an organization that was deleted',
      async ({ owner, invited }) => {
        expect((await owner.ask(`DELETE ${path(owner)}`)).status).toBe(204)
        return invited
      },
    ],
  ]

  it.each(reasons)('%s', async (_name, spoil) => {
    const made = await createInvited()
    const person = await spoil(made)
    const before = await takeSnapshot(world.sql)
    const answer = await accept(person, made.token)
    expect(outcomeOf(answer)).toEqual([400, 'invalid_link'])
    const madeUp = await accept(person, generateToken())
    expect(withoutRequestId(answer.text)).toBe(withoutRequestId(madeUp.text))
    expect(await takeSnapshot(world.sql)).toBe(before)
  })

  it('for an address that is not verified, whose user has no session to ask in', async () => {
    const { invited, token } = await createInvited()
    const set = (value: string) =>
      change(`UPDATE users SET email_verified_at = ${value} WHERE id = $1`, [invited.id])
    const { invitations } = api.services
    await set('NULL')
    expect(outcomeOf(await accept(invited, token))).toEqual([401, 'unauthenticated'])
    await expect(invitations.accept(invited.id, token)).rejects.toMatchObject({
      code: 'invalid_link',
    })
    await set('now()')
    await expect(invitations.accept(invited.id, token)).resolves.toMatchObject({ role: 'member' })
  })

  it('while the same, unspoilt, is good', async () => {
    const { owner, invited, token } = await createInvited('admin')
    const stranger = await createMember(world, world.globex, 'member')
    expect(outcomeOf(await accept(stranger, token))).toEqual([400, 'invalid_link'])
    const answer = await accept(invited, token)
    const { organizationId } = owner
    expect(answer.body).toEqual({ organizationId, role: 'admin', roleId: null })
    expect(await rolesIn(world, organizationId)).toEqual(['admin', 'owner'])
  })

  it('after a week', async () => {
    const { owner, invited } = await createInvited()
    const text =
      'SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM invitations'
    const rows = await world.sql.run(`${text} WHERE email = $1`, [invited.email])
    expect(rows).toEqual([{ seconds: 7 * 24 * 60 * 60 }])
    expect(await rolesIn(world, owner.organizationId)).toEqual(['owner'])
  })
})

it('an invitation is for no key and no token, and neither are members', async () => {
  const owner = await createOwner(world)
  const { organizationId } = owner
  const member = await createMember(world, organizationId, 'member')
  const key = await api.services.apiKeys.create({
    ...{ userId: owner.id, organizationId, name: 'Key' },
    ...{ permissions: keyPermissions, maxAgeDays: 30 },
  })
  const clientId = await createFirstPartyClient(api)
  const token = await issueToken(api, { clientId, person: owner, scopes: keyPermissions })
  const invitationId = await world.invite({ organizationId, email: freshEmail() })
  const routes: readonly [route: string, body?: object][] = [
    ['POST /organizations', { name: 'Another' }],
    [`PATCH ${path(owner)}`, { name: 'Another' }],
    [`GET ${path(owner)}/members`],
    [`PATCH ${path(owner)}/members/${member.id}`, { role: 'viewer' }],
    [`GET ${path(owner)}/invitations`],
    [`POST ${path(owner)}/invitations`, { email: freshEmail(), role: 'viewer' }],
    [`DELETE ${path(owner)}/invitations/${invitationId}`],
    [`DELETE ${path(owner)}/members/${member.id}`],
    ['POST /invitations/accept', { token: generateToken() }],
    [`POST ${path(owner)}/leave`],
    [`DELETE ${path(owner)}`],
  ]
  const before = await takeSnapshot(world.sql)
  for (const [route, body] of routes) {
    const [method = '', url = ''] = route.split(' ')
    for (const credential of [key.key, token]) {
      const headers = { authorization: `Bearer ${credential}` }
      const answer = await request(`${api.url}/api${url}`, { method, headers, body })
      expect(outcomeOf(answer), route).toEqual([403, 'session_required'])
    }
  }
  expect(await takeSnapshot(world.sql)).toBe(before)
  for (const [route, body] of routes.filter(([one]) => !/accept|leave/.test(one))) {
    const headers = { 'x-organization-id': organizationId }
    const answer = await owner.ask(route as 'POST /organizations', body, { headers })
    expect(answer.status, route).toBeLessThan(300)
  }
})

describe('what the link holds', () => {
  it('is kept as a hash alone, which the serving role cannot read', async () => {
    const { token, invited } = await createInvited()
    const hashes = await world.sql.run(
      `SELECT hash FROM invitation_hashes JOIN invitations ON id = invitation_id WHERE email = $1`,
      [invited.email],
    )
    expect(hashes).toEqual([{ hash: hashToken(token) }])
    expect(await takeSnapshot(world.sql)).not.toContain(token)
    const app = openSql(api.database.appUrl)
    await expect(app.run('SELECT hash FROM invitation_hashes')).rejects.toThrow('permission denied')
    expect(await app.run('SELECT id FROM invitations')).toEqual([])
    await app.close()
    expect(outcomeOf(await accept(invited, hashToken(token)))).toEqual([400, 'invalid_input'])
    expect(outcomeOf(await accept(invited, token))).toEqual([200])
  })

  it('stands in no answer', async () => {
    const owner = await createOwner(world)
    const email = freshEmail()
    const texts = [await invite(owner, email), await owner.ask(`GET ${path(owner)}/invitations`)]
    const token = tokenIn(await waitForMail(api, email, /invited/))
    for (const { text } of texts) {
      expect(text).toContain(email)
      expect(text).not.toContain(token)
      expect(text).not.toContain(hashToken(token))
    }
  })

  it('comes with no word of a stranger', async () => {
    const owner = await createOwner(world)
    const name = 'Click https://evil.test'
    expect((await owner.ask(`PATCH ${path(owner)}`, { name })).status).toBe(200)
    expect((await owner.ask(`PATCH /users/${owner.id}`, { name })).status).toBe(200)
    const email = freshEmail()
    await invite(owner, email)
    const mail = await waitForMail(api, email, /invited/)
    for (const words of ['evil', 'Click', owner.email]) {
      expect(mail.subject + mail.text).not.toContain(words)
    }
  })

  it('goes to one address three times an hour', async () => {
    const email = freshEmail()
    for (let count = 0; count < 5; count += 1) {
      expect((await invite(await createOwner(world), email)).status).toBe(201)
    }
    await waitForMail(api, email, /invited/)
    await api.services.audit.flush()
    expect((await findMails(api, email)).length).toBeLessThanOrEqual(3)
  })
})

const atOnce = <T>(count: number, ask: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(index)))
const seats = 10

/** What comes second has looked, if nothing holds it up, before the first is done. */
function slowly(...changes: readonly string[]): void {
  beforeAll(async () => {
    for (const change of changes) await slowDown(world.sql, change)
  })
  afterAll(async () => {
    for (const change of changes) await endSlowness(world.sql, change)
  })
}

describe('seats', () => {
  slowly('INSERT ON invitations', 'INSERT ON memberships')

  it('of 15 invitations at once nine are made, since a member has the tenth seat', async () => {
    const owner = await createOwner(world)
    const answers = await atOnce(15, () => invite(owner, freshEmail()))
    const made = answers.filter(({ status }) => status === 201)
    expect(made).toHaveLength(seats - 1)
    for (const answer of answers.filter((one) => !made.includes(one))) {
      expect(outcomeOf(answer)).toEqual([409, 'conflict'])
    }
    // One that is given back is there for another.
    const late = freshEmail()
    expect(outcomeOf(await invite(owner, late))).toEqual([409, 'conflict'])
    const { ask } = owner
    expect((await ask(`DELETE ${path(owner)}/invitations/${made[0]?.body?.['id']}`)).status).toBe(
      204,
    )
    expect((await invite(owner, late)).status).toBe(201)
    // One that takes the place of another needs no seat more; expired ones have none.
    expect((await invite(owner, late, 'viewer')).status).toBe(201)
    await world.sql.run('UPDATE invitations SET expires_at = now() WHERE organization_id = $1', [
      owner.organizationId,
    ])
    expect((await invite(owner, freshEmail())).status).toBe(201)
  })

  it('of 12 acceptances at once nine are done where the plan has become smaller', async () => {
    const owner = await createOwner(world)
    const { organizationId } = owner
    const offers = await atOnce(12, async () => {
      const person = await createMember(world, world.globex, 'member')
      const token = generateToken()
      await world.invite({ organizationId, email: person.email, token })
      return { person, token }
    })
    const answers = await Promise.all(offers.map(({ person, token }) => accept(person, token)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(seats - 1)
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused.map(outcomeOf)).toEqual(Array(3).fill([409, 'conflict']))
    expect(await rolesIn(world, organizationId)).toHaveLength(seats)
    // A refusal uses no link up.
    await world.sql.run("UPDATE organizations SET plan = 'business' WHERE id = $1", [
      organizationId,
    ])
    const late = await Promise.all(offers.map(({ person, token }) => accept(person, token)))
    expect(late.filter(({ status }) => status === 200)).toHaveLength(3)
  })
})

describe('at once', () => {
  slowly('DELETE ON invitations', 'UPDATE ON memberships')

  it('ten acceptances of one invitation make one member', async () => {
    const { owner, invited, token } = await createInvited()
    const visitors = await atOnce(10, async () =>
      createVisitor(api, await openSession(api, invited.id)),
    )
    const answers = await Promise.all(visitors.map((visitor) => accept(visitor, token)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(400)])
    expect(await rolesIn(world, owner.organizationId)).toEqual(['member', 'owner'])
  })

  it('a revocation and an acceptance: one of them is done', async () => {
    for (let round = 0; round < 6; round += 1) {
      const owner = await createOwner(world)
      const { organizationId } = owner
      const invited = await createMember(world, world.globex, 'member')
      const token = generateToken()
      const id = await world.invite({ organizationId, email: invited.email, token })
      const [accepted, revoked] = await Promise.all([
        accept(invited, token),
        owner.ask(`DELETE ${path(owner)}/invitations/${id}`),
      ])
      const isMember = (await rolesIn(world, organizationId)).length === 2
      expect([accepted.status, revoked.status]).toEqual(isMember ? [200, 404] : [400, 204])
    }
  })

  it('two invitations of one address leave one that is good', async () => {
    const owner = await createOwner(world)
    const email = freshEmail()
    const answers = await atOnce(6, () => invite(owner, email))
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201))
    const { body } = await owner.ask(`GET ${path(owner)}/invitations`)
    expect(body?.['items']).toHaveLength(1)
  })

  it('a removal and an acceptance by somebody who comes back end as one of two orders', async () => {
    const { owner, invited, token } = await createInvited()
    expect((await accept(invited, token)).status).toBe(200)
    const remove = () => owner.ask(`DELETE ${path(owner)}/members/${invited.id}`)
    const answers = await atOnce(5, remove)
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, ...Array(4).fill(404)])
    expect(await rolesIn(world, owner.organizationId)).toEqual(['owner'])
  })
})

it('nobody is invited who is a member already', async () => {
  const { owner, invited, token } = await createInvited()
  const again = freshEmail()
  expect(outcomeOf(await accept(invited, token))).toEqual([200])
  expect(outcomeOf(await invite(owner, invited.email))).toEqual([409, 'conflict'])
  expect((await invite(owner, again)).status).toBe(201)
})

it('another tenant’s invitations and members are not there', async () => {
  const { owner, invited } = await createInvited()
  const stranger = await createOwner(world)
  const id = await openInvitation(owner)
  const before = await takeSnapshot(world.sql)
  for (const own of [path(stranger), path(owner)]) {
    for (const ask of [
      () => stranger.ask(`DELETE ${own}/invitations/${id}`),
      () => stranger.ask(`PATCH ${own}/members/${owner.id}`, { role: 'viewer' }),
      () => stranger.ask(`DELETE ${own}/members/${owner.id}`),
    ]) {
      expect(outcomeOf(await ask())).toEqual([404, 'not_found'])
    }
  }
  for (const route of ['GET members', 'GET invitations', 'POST leave'] as const) {
    const [method, name] = route.split(' ')
    const answer = await stranger.ask(`${method} ${path(owner)}/${name}` as 'GET /x')
    expect(outcomeOf(answer)).toEqual([404, 'not_found'])
  }
  expect(await takeSnapshot(world.sql)).toBe(before)
  expect((await owner.ask(`DELETE ${path(owner)}/invitations/${id}`)).status).toBe(204)
  expect(invited.organizationId).toBe(world.globex)
})
