import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sessionProcedure } from '../../src/procedures/doors.ts'
import { noInput } from '../../src/procedures/nothing.ts'
import { rest } from '../../src/procedures/rest.ts'
import { type ProcedureMeta, router } from '../../src/procedures/trpc.ts'
import { appRouter } from '../../src/routers/app-router.ts'
import { auth } from '../../src/routers/auth.ts'
import { callRest, callTrpc } from '../support/call.ts'
import { join, type Person, password, type World } from '../support/create-world.ts'
import { problemOf } from '../support/problem-of.ts'
import { type Declared, listProcedures } from '../support/procedures.ts'
import { type Answer, type Asked, anyAddress, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { type Call, transports } from '../support/walk.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const procedures = listProcedures(appRouter)

function procedureOf(path: string): Declared {
  const found = procedures.find((procedure) => procedure.path === path)
  if (!found) throw new Error(`There is no ${path}.`)
  return found
}

const create = procedureOf('orders.create')
const sample = ({ id }: Person, fields: object = {}) => ({
  userId: id,
  currency: 'EUR',
  totalCents: 500,
  ...fields,
})

interface Post extends Asked {
  readonly key?: string
  readonly input?: Readonly<Record<string, unknown>>
}

/** Creates an order for a person with an Idempotency-Key. */
function post(call: Call, person: Person, { key = 'key-1', input, ...asked }: Post = {}) {
  const headers = { 'idempotency-key': key, ...asked.headers }
  return call(api.url, create, input ?? sample(person), {
    cookie: person.cookie,
    ...asked,
    headers,
  })
}

async function countOrders({ id }: Person): Promise<number> {
  return (await world.sql.run('SELECT FROM orders WHERE user_id = $1', [id])).length
}

const countKeys = async ({ id }: Person): Promise<number> =>
  (await world.sql.run('SELECT FROM idempotency_keys WHERE user_id = $1', [id])).length

const replayed = (answer: Answer) => answer.headers.get('idempotency-replayed')
const codeOf = (answer: Answer) => problemOf(answer.body)?.code
const created = (call: Call) => (call === callRest ? 201 : 200)

describe.each(transports)('by %s', (_name, call) => {
  it('a repeated POST gets the same answer, and does nothing more', async () => {
    const person = await world.createPerson()
    const first = await post(call, person)
    const second = await post(call, person)
    expect([first.status, replayed(first)]).toEqual([created(call), null])
    expect([second.status, second.text, replayed(second)]).toEqual([
      first.status,
      first.text,
      'true',
    ])
    for (const name of ['content-type', 'etag', 'cache-control']) {
      const [was, is] = [first, second].map(({ headers }) => headers.get(name)?.split(';')[0])
      expect(is, name).toBe(was)
    }
    expect(second.headers.get('cache-control')).toBe('no-store')
    expect(await countOrders(person)).toBe(1)
    expect((await post(call, person, { key: 'key-2' })).text).not.toBe(first.text)
    expect(await countOrders(person)).toBe(2)
  })

  it('of 20 at once one creates an order; the others get its answer or are told to wait', async () => {
    const person = await world.createPerson()
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(call, person)))
    expect(await countOrders(person)).toBe(1)
    const done = answers.filter(({ status }) => status === created(call))
    expect(new Set(done.map(({ text }) => text)).size).toBe(1)
    expect(done.filter((answer) => replayed(answer) === null)).toHaveLength(1)
    const waiting = answers.filter((answer) => !done.includes(answer))
    for (const answer of waiting) {
      expect([answer.status, codeOf(answer)]).toEqual([409, 'idempotency_in_progress'])
      expect(answer.headers.get('retry-after')).toBe('1')
    }
    expect(await post(call, person)).toMatchObject({ status: created(call), text: done[0]?.text })
  })

  it.each([
    ['has lost the permission', "UPDATE memberships SET role = 'viewer' WHERE user_id = $1"],
    [
      'has another role on the platform',
      "UPDATE users SET platform_role = 'support' WHERE id = $1",
    ],
    [
      'owes a second factor now',
      `UPDATE organizations SET require_second_factor = true
        WHERE id = (SELECT organization_id FROM memberships WHERE user_id = $1)`,
    ],
  ])('an answer is not given again to one who %s', async (_what, text) => {
    const [tenant] = await world.sql.run(
      "INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'Own') RETURNING id",
    )
    const person = await world.createPerson({ organizationId: String(tenant?.['id']) })
    const first = await post(call, person)
    expect((await post(call, person)).text).toBe(first.text)
    await world.sql.run(text, [person.id])
    const late = await post(call, person)
    expect([late.status, codeOf(late)]).toEqual([422, 'idempotency_key_reused'])
    expect(await countOrders(person)).toBe(1)
  })

  it('the key of one request is refused for another: body, route or query', async () => {
    const person = await world.createPerson()
    const first = await post(call, person)
    const other = call === callRest ? callTrpc : callRest
    const refused = [
      await post(call, person, { input: sample(person, { totalCents: 501 }) }),
      await post(other, person),
    ]
    for (const answer of refused) {
      expect([answer.status, codeOf(answer)]).toEqual([422, 'idempotency_key_reused'])
    }
    expect(await countOrders(person)).toBe(1)
    expect((await post(call, person)).text).toBe(first.text)
  })

  it('another user’s key is another key, a colleague’s too', async () => {
    const [alice, adam] = [await world.createPerson(), await world.createPerson({ role: 'admin' })]
    const hers = await post(call, alice)
    const input = sample(alice)
    const his = await post(call, adam, { input })
    expect([his.status, replayed(his)]).toEqual([created(call), null])
    expect(his.text).not.toBe(hers.text)
    expect(await countOrders(alice)).toBe(2)
  })

  it('a key in another organization is another key', async () => {
    const person = await world.createPerson()
    await join(world.sql, world.globex, person.id, 'member')
    const inside = (organizationId: string) =>
      post(call, person, { headers: { 'x-organization-id': organizationId } })
    const here = await inside(world.acme)
    const there = await inside(world.globex)
    expect([there.status, replayed(there)]).toEqual([created(call), null])
    expect(there.text).not.toBe(here.text)
    expect((await inside(world.acme.toUpperCase())).text).toBe(here.text)
    expect(await countOrders(person)).toBe(2)
  })

  it('the key of an API key of theirs is another key', async () => {
    const person = await world.createPerson()
    const { key } = await api.services.apiKeys.create({
      userId: person.id,
      organizationId: person.organizationId,
      name: 'Reader',
      permissions: ['order:read:own'],
      maxAgeDays: 1,
    })
    const first = await post(call, person)
    const headers = { authorization: `Bearer ${key}` }
    const answer = await post(call, person, { cookie: undefined, headers })
    expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
    expect((await post(call, person)).text).toBe(first.text)
  })

  it('an organization of others is refused by the door, and no key is kept', async () => {
    const person = await world.createPerson()
    const headers = { 'x-organization-id': world.globex }
    expect((await post(call, person, { headers })).status).toBe(404)
    expect(await countKeys(person)).toBe(0)
  })

  it('a refusal frees the key, for another request too', async () => {
    const person = await world.createPerson()
    const wrong = await post(call, person, { input: sample(person, { currency: 'XXX' }) })
    expect(wrong.status).toBe(400)
    expect(await countKeys(person)).toBe(0)
    const viewer = await world.createPerson({ role: 'viewer' })
    expect((await post(call, viewer)).status).toBe(403)
    await world.sql.run("UPDATE memberships SET role = 'member' WHERE user_id = $1", [viewer.id])
    expect((await post(call, viewer)).status).toBe(created(call))
    expect((await post(call, person)).status).toBe(created(call))
  })

  it('a failure of ours is kept: nobody knows what it has changed', async () => {
    const person = await world.createPerson()
    await world.sql.run(
      `ALTER TABLE orders ADD CONSTRAINT broken CHECK (total_cents <> 66600) NOT VALID`,
    )
    const input = sample(person, { totalCents: 66_600 })
    const failed = await post(call, person, { input })
    await world.sql.run('ALTER TABLE orders DROP CONSTRAINT broken')
    expect([failed.status, codeOf(failed)]).toEqual([500, 'internal'])
    const again = await post(call, person, { input })
    expect([again.status, again.text, replayed(again)]).toEqual([500, failed.text, 'true'])
    expect(again.headers.get('content-type')?.split(';')[0]).toBe(
      failed.headers.get('content-type')?.split(';')[0],
    )
    expect(await countOrders(person)).toBe(0)
    expect((await post(call, person, { input, key: 'key-2' })).status).toBe(created(call))
  })

  it('nobody’s header is ignored', async () => {
    const person = await world.createPerson()
    const answer = await post(call, person, { cookie: undefined, key: 'no key' })
    expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated'])
  })

  it.each([
    ['bare', 'a-1', 'a-1'],
    ['a string of RFC 9651', '"a-1"', 'a-1'],
    ['with an escape', '"a\\"1\\\\"', '"a\\"1\\\\"'],
    ['255 long', 'x'.repeat(255), `"${'x'.repeat(255)}"`],
  ])('takes a key that is %s', async (_form, key, same) => {
    const person = await world.createPerson()
    const first = await post(call, person, { key })
    expect(first.status).toBe(created(call))
    expect(await post(call, person, { key: same })).toMatchObject({ text: first.text })
    expect(await countOrders(person)).toBe(1)
  })

  it.each([
    ['empty', ''],
    ['empty in quotes', '""'],
    ['with a space', 'a b'],
    ['with a space in quotes', '"a b"'],
    ['given twice', '"a", "b"'],
    ['half in quotes', '"a'],
    ['with a quote inside', 'a"b'],
    ['with parameters', '"a";b=1'],
    ['not ASCII', 'ä'],
    ['256 long', 'x'.repeat(256)],
  ])('refuses a key that is %s', async (_form, key) => {
    const person = await world.createPerson()
    const answer = await post(call, person, { key })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_idempotency_key'])
    expect(await countOrders(person)).toBe(0)
  })

  it('a caller who is gone before the answer finds it when they ask again', async () => {
    const person = await world.createPerson()
    const locked = world.sql.run(
      'DO $$ BEGIN LOCK TABLE orders IN EXCLUSIVE MODE; PERFORM pg_sleep(0.7); END $$',
    )
    await expect.poll(countLocks).toBe(1)
    const leave = send(call, person)
    await expect.poll(() => countKeys(person)).toBe(1)
    leave()
    await locked
    await expect.poll(async () => replayed(await post(call, person))).toBe('true')
    expect(await countOrders(person)).toBe(1)
  })
})

const countLocks = async () =>
  (
    await world.sql.run(
      `SELECT FROM pg_locks
        WHERE relation = 'orders'::regclass AND mode = 'ExclusiveLock' AND granted`,
    )
  ).length

/** Sends the request of `post`; the returned function hangs up. */
function send(call: Call, person: Person): () => void {
  const { hostname, port } = new URL(api.url)
  const { userId, ...rest } = sample(person)
  const body = JSON.stringify(call === callRest ? rest : { userId, ...rest })
  const path = call === callRest ? `/api/users/${userId}/orders` : '/trpc/orders.create'
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    `Cookie: ${person.cookie}`,
    `X-Forwarded-For: ${anyAddress()}`,
    'Idempotency-Key: key-1',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ].join('\r\n')
  const socket = connect(Number(port), hostname)
  socket.write(`${head}\r\n\r\n${body}`)
  return () => socket.destroy()
}

it('the same values in another order of bytes are another request', async () => {
  const person = await world.createPerson()
  const send = (body: string) =>
    request(`${api.url}/api/users/${person.id}/orders`, {
      method: 'POST',
      cookie: person.cookie,
      body,
      headers: { 'idempotency-key': 'key-1' },
    })
  expect((await send('{"currency":"EUR","totalCents":5}')).status).toBe(201)
  expect((await send('{"totalCents":5,"currency":"EUR"}')).status).toBe(422)
  expect(
    (await send('{"currency":"EUR","totalCents":5}')).headers.get('idempotency-replayed'),
  ).toBe('true')
})

it('the same body at another address is another request', async () => {
  const [admin, person] = [await world.createPerson({ role: 'admin' }), await world.createPerson()]
  const send = (path: string) =>
    request(`${api.url}/api/users/${path}`, {
      method: 'POST',
      cookie: admin.cookie,
      body: { currency: 'EUR', totalCents: 5 },
      headers: { 'idempotency-key': 'key-1' },
    })
  expect((await send(`${admin.id}/orders`)).status).toBe(201)
  expect(codeOf(await send(`${person.id}/orders`))).toBe('idempotency_key_reused')
  expect(codeOf(await send(`${admin.id}/orders?x=1`))).toBe('idempotency_key_reused')
  expect(await countOrders(person)).toBe(0)
})

it('an answer is kept for 24 hours', async () => {
  const person = await world.createPerson()
  const first = await post(callRest, person)
  await world.sql.run(
    `UPDATE idempotency_keys SET expires_at = expires_at - interval '24 hours' WHERE user_id = $1`,
    [person.id],
  )
  const second = await post(callRest, person)
  expect([second.status, replayed(second)]).toEqual([201, null])
  expect(second.text).not.toBe(first.text)
})

it('a batch of calls refuses the header', async () => {
  const person = await world.createPerson()
  const batch = (paths: string, headers: Readonly<Record<string, string>>) =>
    request(`${api.url}/trpc/${paths}?batch=1`, {
      method: 'POST',
      cookie: person.cookie,
      body: { 0: sample(person), 1: sample(person) },
      headers,
    })
  const paths = 'orders.create,orders.create'
  for (const path of [paths, paths.replace(',', '%2C')]) {
    const refused = await batch(path, { 'idempotency-key': 'key-1' })
    expect([refused.status, codeOf(refused)]).toEqual([400, 'idempotency_not_supported'])
  }
  expect(await countOrders(person)).toBe(0)
  expect((await batch(paths, {})).status).toBe(200)
  expect(await countOrders(person)).toBe(2)
})

// Parse boundary: tRPC types each procedure by itself.
const definitions = appRouter._def.procedures as unknown as Readonly<
  Record<string, { readonly _def: { readonly meta?: ProcedureMeta } }>
>
const secretive = procedures.filter(
  ({ path, type }) => type === 'mutation' && definitions[path]?._def.meta?.holdsSecret === true,
)

it('nothing that holds a secret has lost its mark', () => {
  expect(secretive.map(({ path }) => path).toSorted()).toEqual([
    'account.delete',
    'admin.oauthClients.create',
    'admin.oauthClients.rotateSecret',
    'admin.users.impersonate',
    'apiKeys.create',
    'apiKeys.rotate',
    'auth.email.confirm',
    'auth.email.verify',
    'auth.endImpersonation',
    'auth.externalIdentities.delete',
    'auth.login',
    'auth.logout',
    'auth.mfa.recovery.replace',
    'auth.mfa.recovery.verify',
    'auth.mfa.totp.confirm',
    'auth.mfa.totp.disable',
    'auth.mfa.totp.enroll',
    'auth.mfa.totp.verify',
    'auth.passkeys.delete',
    'auth.passkeys.login',
    'auth.passkeys.register',
    'auth.passkeys.startLogin',
    'auth.passkeys.startRegistration',
    'auth.password.change',
    'auth.password.reset',
    'auth.register',
    'auth.stepUp',
    'files.create',
    'invitations.accept',
    'sessions.revoke',
    'webhooks.create',
    'webhooks.rotateSecret',
  ])
})

describe.each(secretive.map((procedure) => [procedure.path, procedure] as const))(
  '%s',
  (_path, procedure) => {
    const posts = transports.filter(
      ([, call]) => call === callTrpc || procedure.rest?.rest.method === 'POST',
    )
    it.each(posts)('refuses the header by %s, whoever calls', async (_name, call) => {
      const person = await world.createPerson()
      for (const cookie of [person.cookie, undefined]) {
        const input = { keyId: person.id }
        const headers = { 'idempotency-key': 'key-1' }
        const answer = await call(api.url, procedure, input, { cookie, headers })
        expect([answer.status, codeOf(answer)]).toEqual([400, 'idempotency_not_supported'])
      }
      expect(await countKeys(person)).toBe(0)
    })
  },
)

it('log-in is among those that refuse it', () => {
  expect(secretive.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['auth.login', 'auth.logout', 'apiKeys.create', 'apiKeys.rotate']),
  )
})

it('a dump of the table after idempotent POSTs gives nobody a way in', async () => {
  const person = await world.createPerson()
  const key = 'a-key-that-nobody-else-knows'
  for (const [, call] of transports) {
    await post(call, person, { key: `${key}-${call.name}` })
    const body = { email: person.email, password }
    const login = await call(api.url, procedureOf('auth.login'), body, {
      cookie: person.cookie,
      headers: { 'idempotency-key': key },
    })
    expect(login.status).toBe(400)
  }
  const dump = JSON.stringify(
    await world.sql.run('SELECT * FROM idempotency_keys WHERE user_id = $1', [person.id]),
  )
  expect(await countKeys(person)).toBe(2)
  expect(dump).toContain('totalCents')
  const token = person.cookie.split('=')[1] ?? 'no token'
  for (const secret of [token, person.cookie, password, key]) expect(dump).not.toContain(secret)
})

// A router that knows nothing of the header: one answer comes with a cookie, and says so nowhere.
let ran = 0
const careless = router({
  renew: sessionProcedure()
    .meta(rest('POST /careless/renew', 'Sets a cookie'))
    .meta({ holdsSecret: false })
    .input(noInput)
    .output(z.object({ ran: z.number() }))
    .mutation(async ({ ctx }) => {
      await ctx.browserSession.renew(ctx.caller)
      ran += 1
      return { ran }
    }),
  count: sessionProcedure()
    .meta(rest('POST /careless/count', 'Sets none'))
    .meta({ holdsSecret: false })
    .input(noInput)
    .output(z.object({ ran: z.number() }))
    .mutation(() => {
      ran += 1
      return { ran }
    }),
})

it('/openapi.json names the header where it is honoured, and what it may lead to', async () => {
  const { body } = await request(`${api.url}/openapi.json`)
  const operationOf = (path: string) =>
    JSON.stringify(Reflect.get(Object(Reflect.get(Object(body?.['paths']), path)), 'post'))
  const honoured = operationOf('/users/{userId}/orders')
  for (const part of ['"Idempotency-Key"', '"409"', '"422"']) expect(honoured).toContain(part)
  for (const path of ['/auth/login', '/api-keys']) {
    expect(operationOf(path)).toContain('"400"')
    expect(operationOf(path)).not.toContain('Idempotency-Key')
  }
})

describe('a router of another’s', () => {
  const carelessRouter = router({ auth, careless })
  useWorld(
    (made) => {
      ;({ api, world } = made)
    },
    { router: carelessRouter },
  )

  it.each(transports)('has the mechanism without a line for it, by %s', async (_name, call) => {
    const { cookie } = await world.createPerson()
    const [count] = listProcedures(carelessRouter).filter(({ path }) => path === 'careless.count')
    if (!count) throw new Error('The router is not mounted.')
    const ask = () =>
      call(api.url, count, undefined, { cookie, headers: { 'idempotency-key': 'key-1' } })
    const first = await ask()
    expect(await ask()).toMatchObject({ status: created(call), text: first.text })
  })

  it.each(transports)('never has an answer kept that sets a cookie, by %s', async (_name, call) => {
    const person = await world.createPerson()
    const [renew] = listProcedures(carelessRouter).filter(({ path }) => path === 'careless.renew')
    if (!renew) throw new Error('The router is not mounted.')
    const headers = { 'idempotency-key': 'key-1' }
    const first = await call(api.url, renew, undefined, { cookie: person.cookie, headers })
    expect(first.status).toBe(created(call))
    const cookie = first.headers.get('set-cookie')?.split(';')[0]
    expect(cookie).toMatch(/^session=/)
    expect(await countKeys(person)).toBe(0)
    const second = await call(api.url, renew, undefined, { cookie, headers })
    expect([second.status, replayed(second)]).toEqual([created(call), null])
    expect(second.text).not.toBe(first.text)
  })
})
