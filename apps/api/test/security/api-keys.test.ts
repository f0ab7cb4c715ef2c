import { randomBytes } from 'node:crypto'
import { generateToken } from '@repo/auth'
import { openSql } from '@repo/testing'
import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import { createVisitor, type Visitor } from '../support/create-visitor.ts'
import { join, type Person, type World } from '../support/create-world.ts'
import { exchangeRequest } from '../support/exchange.ts'
import { problemOf } from '../support/problem-of.ts'
import { listProcedures } from '../support/procedures.ts'
import { type Answer, type Asked, request } from '../support/request.ts'
import { createSubject, samples } from '../support/samples.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { named, transports } from '../support/walk.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const hour = 60 * 60
const day = 24 * hour
const codeOf = ({ body }: Answer) => problemOf(body)?.code
const everyKeyPermission = [
  'order:create:any',
  'order:read:any',
  'order:update:any',
  'order:delete:any',
  'user:read:any',
  'user:update:any',
]

const create = (visitor: Visitor, input: object = {}) =>
  visitor.ask('POST /api-keys', { name: 'Sync', permissions: ['order:read:own'], ...input })

interface Made {
  readonly id: string
  readonly key: string
}

/** Makes a key as its owner does; throws when the API refuses. */
async function makeKey(visitor: Visitor, input: object = {}): Promise<Made> {
  const { status, body, text } = await create(visitor, input)
  if (status !== 201) throw new Error(text)
  return { id: String(body?.['id']), key: String(body?.['key']) }
}

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })
const read = ({ id }: Person, asked: Asked) => request(`${api.url}/api/users/${id}/orders`, asked)
const works = async (person: Person, { key }: Made) =>
  (await read(person, bearer(key))).status === 200

async function createOwner(role = 'member') {
  const person = await world.createPerson({ role })
  return { person, visitor: createVisitor(api, person.cookie) }
}

describe('how long a key lives', () => {
  async function daysOf(test: TestApi, visitor: Visitor, input: object): Promise<number> {
    const { body } = await create(visitor, input)
    const end = Date.parse(String(body?.['expiresAt']))
    return (end - test.services.clock().getTime()) / (day * 1_000)
  }

  const highRisk = ['order:delete:any']

  it.each([
    ['90 days, by default', {}, 90],
    ['30 days, when it may change what others own', { permissions: highRisk }, 30],
    ['as long as its owner wants', { expiresInDays: 7 }, 7],
    ['no longer for that', { permissions: highRisk, expiresInDays: 90 }, 30],
  ])('%s', async (_name, input, days) => {
    const { visitor } = await createOwner('admin')
    expect(await daysOf(api, visitor, input)).toBeCloseTo(days, 2)
  })

  it.each([0, 91, 1.5, -1])('cannot be %d days', async (expiresInDays) => {
    const { visitor } = await createOwner()
    const answer = await create(visitor, { expiresInDays })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_input'])
  })

  describe('where API_KEY_MAX_AGE_DAYS is 30', () => {
    let strict: TestApi
    let there: World
    useWorld(
      (made) => {
        strict = made.api
        there = made.world
      },
      { environment: { API_KEY_MAX_AGE_DAYS: '30' } },
    )

    it('is 30 days at most, after a rotation too', async () => {
      const visitor = createVisitor(strict, (await there.createPerson()).cookie)
      expect(await daysOf(strict, visitor, {})).toBeCloseTo(30, 2)
      expect(await daysOf(strict, visitor, { expiresInDays: 90 })).toBeCloseTo(30, 2)
      const { id } = await makeKey(visitor)
      const { body } = await visitor.ask(`POST /api-keys/${id}/rotate`)
      const end = Date.parse(String(body?.['expiresAt']))
      expect((end - Date.now()) / (day * 1_000)).toBeCloseTo(30, 2)
    })
  })
})

describe('a leaked key', () => {
  const outOfReach = listProcedures(appRouter).filter(
    ({ access }) =>
      access.door === 'session' ||
      access.door === 'any-session' ||
      access.door === 'half-session' ||
      ('fresh' in access && access.fresh === true),
  )

  it.each(named(outOfReach))("of an owner's does not reach %s", async (_path, procedure) => {
    const { person, visitor } = await createOwner('owner')
    const { key } = await makeKey(visitor, { permissions: everyKeyPermission })
    const subject = await createSubject(world, person)
    const before = await takeSnapshot(world.sql)
    for (const [name, call] of transports) {
      const input = samples[procedure.path]?.(subject)
      const answer = await call(api.url, procedure, input, bearer(key))
      const expected = ['half-session', 'admin'].includes(procedure.access.door)
        ? [403, 'forbidden']
        : [403, 'session_required']
      expect([answer.status, codeOf(answer)], name).toEqual(expected)
    }
    expect(await takeSnapshot(world.sql)).toBe(before)
    expect(await works(person, { id: '', key })).toBe(true)
  })

  it('finds all of the routes for credentials closed', () => {
    const credentials = /^(account|apiKeys|sessions|auth\.(mfa|passkeys|password|email))\./
    const closed = outOfReach.map(({ path }) => path)
    const open = listProcedures(appRouter)
      .filter(({ path, access }) => credentials.test(path) && access.door !== 'public')
      .map(({ path }) => path)
      .filter((path) => !closed.includes(path))
    expect(open).toEqual([])
    expect(outOfReach.length).toBeGreaterThan(20)
  })

  it.each([
    'apiKey:create:own',
    'apiKey:read:any',
    'organization:update:any',
    'membership:read:any',
  ])('is never given %s', async (permission) => {
    const { visitor } = await createOwner('owner')
    const answer = await create(visitor, { permissions: [permission] })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_input'])
  })
})

describe('the power of a key', () => {
  const statusOfOrder = async (orderId: number, key: string) =>
    (await request(`${api.url}/api/orders/${orderId}`, bearer(key))).status

  it.each([
    ['viewer', 'order:create:own'],
    ['member', 'order:read:any'],
    ['member', 'user:update:any'],
  ])('of a %s is never %s', async (role, permission) => {
    const { person, visitor } = await createOwner(role)
    const answer = await create(visitor, { permissions: ['order:read:own', permission] })
    expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
    expect((await visitor.ask('GET /api-keys')).body?.['items']).toEqual([])
    expect(await works(person, await makeKey(visitor))).toBe(true)
  })

  it("goes down and up with its owner's role", async () => {
    const { person, visitor } = await createOwner('admin')
    const { key } = await makeKey(visitor, { permissions: ['order:read:any'] })
    const orderId = await world.createOrder(await world.createPerson())
    const changeRole = (role: string) =>
      world.sql.run('UPDATE memberships SET role = $2 WHERE user_id = $1', [person.id, role])
    expect(await statusOfOrder(orderId, key)).toBe(200)
    await changeRole('member')
    expect(await statusOfOrder(orderId, key)).toBe(404)
    expect(await statusOfOrder(await world.createOrder(person), key)).toBe(200)
    await changeRole('admin')
    expect(await statusOfOrder(orderId, key)).toBe(200)
  })

  it('is what it was given, whatever its owner may do', async () => {
    const { person, visitor } = await createOwner('admin')
    const { key } = await makeKey(visitor)
    const order = { currency: 'EUR', totalCents: 1 }
    const url = `${api.url}/api/users/${person.id}/orders`
    const answer = await request(url, { method: 'POST', body: order, ...bearer(key) })
    expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
    const theirs = await world.createOrder(await world.createPerson())
    expect((await visitor.ask(`GET /orders/${theirs}`)).status).toBe(200)
    expect(await statusOfOrder(theirs, key)).toBe(404)
    expect(await statusOfOrder(await world.createOrder(person), key)).toBe(200)
  })

  it('stays in its organization', async () => {
    const { person, visitor } = await createOwner()
    await join(world.sql, world.globex, person.id, 'member')
    const inside = (organization: string) => ({
      headers: { 'x-organization-id': organization },
    })
    const input = { name: 'Sync', permissions: ['order:read:own'] }
    const made = await visitor.ask('POST /api-keys', input, inside(world.acme))
    const key = String(made.body?.['key'])
    const ask = (organization: string) =>
      read(person, { headers: { ...bearer(key).headers, ...inside(organization).headers } })
    expect((await ask(world.globex)).status).toBe(404)
    expect((await ask(crypto.randomUUID())).status).toBe(404)
    expect((await ask(world.acme)).status).toBe(200)
    expect((await read(person, bearer(key))).status).toBe(200)
    const there = await read(person, { cookie: person.cookie, ...inside(world.globex) })
    expect(there.status).toBe(200)
  })
})

describe('the credential of a request', () => {
  it('is a key or a cookie, not both', async () => {
    const { person, visitor } = await createOwner()
    const { key } = await makeKey(visitor)
    const answer = await read(person, { cookie: person.cookie, ...bearer(key) })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'two_credentials'])
    const other = { cookie: 'theme=dark', ...bearer(key) }
    expect((await read(person, other)).status).toBe(200)
  })

  it('is refused when the key is bad, and never a fall-back to the cookie', async () => {
    const { person, visitor } = await createOwner()
    const { key } = await makeKey(visitor)
    const bad = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`
    const alone = await read(person, bearer(bad))
    expect([alone.status, codeOf(alone)]).toEqual([401, 'invalid_token'])
    expect(alone.headers.get('www-authenticate')).toMatch(
      /^Bearer realm="api", error="invalid_token", DPoP realm="api", algs="ES256 /,
    )
    const beside = await read(person, { cookie: person.cookie, ...bearer(bad) })
    expect([beside.status, codeOf(beside)]).toEqual([400, 'two_credentials'])
    expect((await read(person, { cookie: person.cookie })).status).toBe(200)
  })

  it.each([
    ['Bearer KEY', 200],
    ['bearer KEY', 200],
    ['BEARER KEY', 200],
    ['Basic KEY', 401],
    ['Token KEY', 401],
    ['KEY', 401],
    ['Bearer  KEY', 401],
    ['Bearer KEY KEY', 401],
    ['Bearer KEY,', 401],
    ['Bearer KEYA', 401],
    ['Bearer', 401],
    ['Bearer rk_live_', 401],
  ])('by the header %j answers %d', async (form, status) => {
    const { person, visitor } = await createOwner()
    const { key } = await makeKey(visitor)
    const authorization = form.replaceAll('KEY', key)
    const answer = await exchangeRequest(api.url, `GET /api/users/${person.id}/orders`, [
      `Authorization: ${authorization}`,
    ])
    expect(answer.status).toBe(status)
    expect(answer.text.includes('"code":"invalid_token"')).toBe(status === 401)
  })

  it('is not found in a query, a body or a header of another name', async () => {
    const { person, visitor } = await createOwner()
    const { key } = await makeKey(visitor)
    const headers = { 'x-api-key': key, 'proxy-authorization': `Bearer ${key}` }
    expect((await read(person, { headers })).status).toBe(401)
    expect((await read(person, { cookie: `session=${key}` })).status).toBe(401)
    expect((await read(person, bearer(key))).status).toBe(200)
  })
})

describe('a rotation', () => {
  it('makes a successor; both work for a day, then it alone', async () => {
    const { person, visitor } = await createOwner()
    const old = await makeKey(visitor)
    const answer = await visitor.ask(`POST /api-keys/${old.id}/rotate`)
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({ name: 'Sync', permissions: ['order:read:own'] })
    const fresh = { id: String(answer.body?.['id']), key: String(answer.body?.['key']) }
    expect(fresh.key).not.toBe(old.key)
    expect([await works(person, old), await works(person, fresh)]).toEqual([true, true])
    api.moveClock(day - 60)
    expect(await works(person, old)).toBe(true)
    api.moveClock(61)
    expect([await works(person, old), await works(person, fresh)]).toEqual([false, true])
  })

  it('happens once', async () => {
    const { person, visitor } = await createOwner()
    const old = await makeKey(visitor)
    expect((await visitor.ask(`POST /api-keys/${old.id}/rotate`)).status).toBe(201)
    const again = await visitor.ask(`POST /api-keys/${old.id}/rotate`)
    expect([again.status, codeOf(again)]).toEqual([409, 'conflict'])
    expect(await works(person, old)).toBe(true)
  })

  it('is not what a colleague can do, an admin included', async () => {
    const { person, visitor } = await createOwner()
    const made = await makeKey(visitor)
    for (const role of ['member', 'admin', 'owner']) {
      const { visitor: colleague } = await createOwner(role)
      const answer = await colleague.ask(`POST /api-keys/${made.id}/rotate`)
      expect(answer.status, role).toBeGreaterThanOrEqual(403)
      expect(answer.text).not.toContain('rk_live_')
    }
    expect(await works(person, made)).toBe(true)
    expect((await visitor.ask(`POST /api-keys/${made.id}/rotate`)).status).toBe(201)
  })
})

it('a key is shown once: no list holds it, or its hash', async () => {
  const { person, visitor } = await createOwner()
  const { id, key } = await makeKey(visitor)
  expect(key).toMatch(/^rk_live_[\w-]{49}$/)
  await works(person, { id, key })
  const lists = [await visitor.ask('GET /api-keys'), await visitor.ask('GET /account/export')]
  const [{ hash } = {}] = await world.sql.run(
    'SELECT hash FROM api_key_hashes WHERE api_key_id = $1',
    [id],
  )
  for (const { status, text } of lists) {
    expect(status).toBe(200)
    expect(text).toContain(id)
    expect(text).not.toContain(key.slice(0, 20))
    expect(text).not.toContain(hash)
  }
  expect(lists[0]?.body?.['items']).toEqual([
    {
      id,
      userId: person.id,
      name: 'Sync',
      prefix: key.slice(0, 16),
      permissions: ['order:read:own'],
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
      lastUsedAt: expect.any(String),
    },
  ])
})

it('an admin sees and revokes the keys of members, and cannot use them', async () => {
  const [{ person, visitor }, admin] = [await createOwner(), await createOwner('admin')]
  const made = await makeKey(visitor)
  let [list, cursor] = ['', '']
  // Tests before this one have made more than a page has.
  do {
    const { text, body } = await admin.visitor.ask(`GET /api-keys?limit=100${cursor}`)
    list += text
    cursor = body?.['nextCursor'] ? `&cursor=${body['nextCursor']}` : ''
  } while (cursor !== '')
  expect(list).toContain(made.id)
  expect(list).not.toContain(made.key)
  expect((await admin.visitor.ask(`DELETE /api-keys/${made.id}`)).status).toBe(204)
  expect(await works(person, made)).toBe(false)
})

describe('random keys', () => {
  const guess = (key: string) => request(`${api.url}/api/auth/session`, bearer(key))
  const randomKey = () => `rk_live_${randomBytes(37).toString('base64url').slice(0, 49)}`

  it('of 2 000 none costs a statement, since no checksum is right', async () => {
    const admin = openSql(api.database.adminUrl)
    // When each connection of the serving role last began a statement.
    const lastStatements = () =>
      admin.run(
        `SELECT pid, query_start::text AS began FROM pg_stat_activity
          WHERE datname = current_database() AND usename = 'rampart_app'
            -- Asked every few seconds, and behind the answers: by no request.
            AND query !~ 'list_blocked_addresses|list_rotating_keys|raise_alert' ORDER BY pid`,
      )
    await createOwner()
    await api.services.audit.flush()
    const before = await lastStatements()
    expect(before).toContainEqual({ pid: expect.any(Number), began: expect.any(String) })
    for (let round = 0; round < 40; round += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => guess(randomKey())))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    }
    // A connection that has been idle for long may have closed meanwhile.
    for (const statement of await lastStatements()) expect(before).toContainEqual(statement)
    // One whose checksum is right is looked for, and seen to be.
    expect((await guess(`rk_live_${generateToken()}`)).status).toBe(401)
    const known = before.map((row) => JSON.stringify(row))
    const late = (await lastStatements()).map((row) => JSON.stringify(row))
    expect(late.some((row) => !known.includes(row))).toBe(true)
    await admin.close()
  })
})
