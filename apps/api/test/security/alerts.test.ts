import { createHash } from 'node:crypto'
import { createPng } from '@repo/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { createAdministrator, readAudit } from '../support/administer.ts'
import { type AlertWatch, askTimes, watchAlerts } from '../support/alerts.ts'
import { createVisitor } from '../support/create-visitor.ts'
import { type Person, password, type World } from '../support/create-world.ts'
import { download, keep } from '../support/files.ts'
import { outcomeOf } from '../support/organizations.ts'
import { type Asked, anyAddress, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

// Each test has a minute of its own: what is refused in all of them together would be a spike.
beforeEach(() => api.moveClock(60))

let count = 0
/** An address that no other test of this file comes from. */
const freshAddress = () => {
  count += 1
  return `203.0.113.${count}`
}
const read = (path: string, asked: Asked = {}) => request(`${api.url}${path}`, asked)
const fail = (address: string, email = `${crypto.randomUUID()}@unknown.test`) =>
  createVisitor(api).ask('POST /auth/login', { email, password: 'a guess' }, { address })

/** What is ordinary raises nothing; one more is an alert, and the only one. */
async function expectAlertAt(
  threshold: number,
  { attack, rule, subject }: Attack,
): Promise<AlertWatch> {
  const watch = await watchAlerts(world)
  await askTimes(threshold - 1, attack)
  expect(await watch.list()).toEqual([])
  await attack(threshold - 1)
  const alert = await watch.waitFor(rule, subject)
  expect(alert).toMatchObject({ status: 'open', count: threshold })
  expect(alert.summary).toMatch(/^.{20,300}\.$/)
  expect(await watch.list()).toEqual([{ rule, subject }])
  return watch
}

interface Attack {
  readonly attack: (index: number) => Promise<unknown>
  readonly rule: Parameters<AlertWatch['waitFor']>[0]
  readonly subject: string
}

describe('failed log-ins (G27, G31)', () => {
  it('of one address are an alert, and close it until its time is over', async () => {
    const address = freshAddress()
    const attack = () => fail(address)
    await expectAlertAt(10, { attack, rule: 'failed_log_ins', subject: address })
    expect(outcomeOf(await read('/api/auth/session', { address }))).toEqual([
      ...[429, 'address_blocked'],
    ])
    api.moveClock(15 * 60)
    expect((await read('/api/auth/session', { address })).status).toBe(401)
  })

  it('of one account from five addresses are an alert, and from one or on five accounts none', async () => {
    const { email } = await world.createPerson()
    const subject = createHash('sha256').update(email).digest('hex')
    const watch = await watchAlerts(world)
    const address = freshAddress()
    await askTimes(5, () => fail(address, email))
    await askTimes(5, () => fail(freshAddress()))
    expect(await watch.list()).toEqual([])
    const other = (await world.createPerson()).email
    const attack = () => fail(freshAddress(), other)
    const hash = createHash('sha256').update(other).digest('hex')
    await expectAlertAt(5, { attack, rule: 'failed_log_ins_of_account', subject: hash })
    expect((await watch.list()).map((alert) => alert.subject)).not.toContain(subject)
  })
})

describe('failed log-ins from one network (G27)', () => {
  it('are an alert at the twentieth address, though each fails once; from as many networks none', async () => {
    const watch = await watchAlerts(world)
    const networks = Array.from({ length: 25 }, (_, index) => `2001:db8:${index + 16}:1::1`)
    for (const address of networks) await fail(address)
    const found = async () => (await watch.list()).map(({ rule }) => rule)
    expect(await found()).not.toContain('failed_log_ins_of_network')
    const hosts = Array.from({ length: 20 }, (_, index) => `2001:db8:9:${index}::1`).values()
    const attack = () => fail(hosts.next().value ?? '')
    await expectAlertAt(20, {
      attack,
      rule: 'failed_log_ins_of_network',
      subject: '2001:db8:9::/48',
    })
  })
})

describe('endpoints of administrators (G28)', () => {
  const paths = [
    '/api/admin/users',
    '/api/admin/alerts',
    '/trpc/admin.auditEvents.list?input={}',
    '/api/%61dmin/organizations',
  ]

  it('are an alert where a person calls them who is none', async () => {
    const { id, cookie } = await world.createPerson()
    const attack = async (index: number) => {
      const answer = await read(paths[index % paths.length] ?? '', { cookie })
      expect(answer.status).toBe(403)
    }
    await expectAlertAt(3, { attack, rule: 'admin_probing_by_user', subject: id })
  })

  it('are an alert where support calls those that are the administrators’ alone', async () => {
    const support = await createAdministrator(world, 'support')
    const attack = async (index: number) => {
      const answer = await read(paths[index % 3] ?? '', { cookie: support.cookie })
      expect(answer.status).toBe(403)
    }
    await expectAlertAt(3, { attack, rule: 'admin_probing_by_user', subject: support.id })
    const mayRead = await read('/api/admin/organizations', { cookie: support.cookie })
    expect(mayRead.status, mayRead.text).toBe(200)
  })

  it('are an alert where nobody calls them who is signed in, by whatever credential', async () => {
    const address = freshAddress()
    const headers = { authorization: 'Bearer rk_nothing' }
    const attack = async (index: number) => {
      const path = paths[index % paths.length] ?? ''
      const answer = await read(path, { address, ...(index % 2 ? { headers } : {}) })
      expect(answer.status).toBe(401)
    }
    await expectAlertAt(20, { attack, rule: 'admin_probing_by_address', subject: address })
  })

  it('are an alert where they are guessed at in a batch, wherever in it', async () => {
    const { id, cookie } = await world.createPerson()
    const batch = '/trpc/auth.session,admin.nothing,admin.secrets?batch=1&input={}'
    const watch = await watchAlerts(world)
    expect((await read(batch, { cookie })).status).toBe(207)
    expect(await watch.list()).toEqual([])
    await read(batch, { cookie })
    expect(await watch.waitFor('admin_probing_by_user', id)).toMatchObject({ count: 4 })
  })

  it('are none where an administrator makes mistakes, or is asked to confirm who they are', async () => {
    const watch = await watchAlerts(world)
    const { ask } = await createAdministrator(world)
    const missing = `GET /admin/alerts?cursor=nothing` as const
    await askTimes(5, async () => expect((await ask(missing)).status).toBe(400))
    api.moveClock(16 * 60)
    await askTimes(5, async () => {
      expect(outcomeOf(await ask('GET /admin/users'))).toEqual([403, 'step_up_required'])
    })
    expect(await watch.list()).toEqual([])
  })
})

describe('a spike of refusals (G29)', () => {
  const unknown = { attack: (index: number) => read(`/nowhere/${index}`) }

  it('of one address is an alert', async () => {
    const address = freshAddress()
    const attack = (index: number) => read(`/nowhere/${index}`, { address })
    await expectAlertAt(60, { attack, rule: 'client_errors_by_address', subject: address })
  })

  it('of one person is an alert, wherever they are, and of a batch each call counts', async () => {
    const { id, cookie } = await world.createPerson()
    const batch = `/trpc/${Array.from({ length: 5 }, () => 'orders.get').join()}?batch=1&input={}`
    const attack = async (index: number) => {
      const missing = `/api/orders/${1_000_000 + index}`
      expect((await read(missing, { cookie })).status).toBe(404)
    }
    const watch = await watchAlerts(world)
    await askTimes(5, () => read(batch, { cookie }))
    await askTimes(34, attack)
    expect(await watch.list()).toEqual([])
    await attack(0)
    await watch.waitFor('client_errors_by_user', id)
    expect(await watch.list()).toEqual([{ rule: 'client_errors_by_user', subject: id }])
  })

  it('is none where each address makes one mistake', async () => {
    const watch = await watchAlerts(world)
    await askTimes(60, unknown.attack)
    expect(await watch.list()).toEqual([])
  })
})

describe('a person', () => {
  it('who logs in twenty times in ten minutes is an alert', async () => {
    const { id, email } = await world.createPerson()
    const attack = async () => {
      const answer = await createVisitor(api).ask('POST /auth/login', { email, password })
      expect(answer.status).toBe(200)
    }
    await expectAlertAt(20, { attack, rule: 'many_sessions', subject: id })
  })

  it('who downloads a hundred times in ten minutes is an alert', async () => {
    const person = await world.createPerson()
    const file = await keep(api, createPng(), person)
    const attack = async () => {
      expect((await download(api, file, { cookie: person.cookie })).status).toBe(200)
    }
    await expectAlertAt(100, { attack, rule: 'mass_export', subject: person.id })
  })

  it('who reads as often is none', async () => {
    const { id, cookie } = await world.createPerson()
    const watch = await watchAlerts(world)
    await askTimes(100, async () => {
      expect((await read(`/api/users/${id}/orders`, { cookie })).status).toBe(200)
    })
    expect(await watch.list()).toEqual([])
  })
})

describe('an API key', () => {
  async function createKey(owner: Person) {
    const holder = { userId: owner.id, organizationId: world.acme, name: 'Key' }
    const permissions = ['order:read:own']
    const made = await api.services.apiKeys.create({ ...holder, permissions, maxAgeDays: 30 })
    const headers = { authorization: `Bearer ${made.key}` }
    const ask = async (path: string, { address, status }: { address: string; status: number }) => {
      expect((await read(path, { headers, address })).status).toBe(status)
      await api.services.detection.flush()
    }
    const use = (address: string) => ask(`/api/users/${owner.id}/orders`, { address, status: 200 })
    return { id: made.id, use, ask }
  }

  it.each([
    ['IPv4', '192.0.2.1', '192.0.2.200', '198.51.100.7'],
    ['IPv6', '2001:db8:1:1::1', '2001:db8:1:2::2', '2001:db8:2:1::1'],
  ])(
    'that comes from a new network is an alert, from its own none: %s',
    async (_, first, near, far) => {
      const { id, use } = await createKey(await world.createPerson())
      const watch = await watchAlerts(world)
      await use(first)
      await use(near)
      await use(first)
      expect(await watch.list()).toEqual([])
      await use(far)
      await watch.waitFor('key_from_new_network', id)
      await use(far)
      expect(await watch.list()).toEqual([{ rule: 'key_from_new_network', subject: id }])
    },
  )

  it('that opens nothing from a new network is an alert, and makes no network known', async () => {
    const [own, other] = ['192.0.2.10', '198.51.100.10']
    const { id, use, ask } = await createKey(await world.createPerson())
    const watch = await watchAlerts(world)
    const fail = async () => {
      await ask('/api/orders/1000000', { address: other, status: 404 })
      await ask('/trpc/orders.get,files.list?batch=1&input={}', { address: other, status: 207 })
    }
    await fail()
    await use(own)
    expect(await watch.list()).toEqual([])
    await fail()
    const { id: alertId } = await watch.waitFor('key_from_new_network', id)
    const count = async () =>
      (await world.sql.run('SELECT count FROM alerts WHERE id = $1', [alertId]))[0]?.['count']
    expect(await count()).toBe(2)
    await use(other)
    expect(await count()).toBe(3)
    await use(other)
    expect(await count()).toBe(3)
  })
})

describe('an alert', () => {
  async function raise() {
    const address = freshAddress()
    const watch = await watchAlerts(world)
    await askTimes(60, () => read('/nowhere', { address }))
    const alert = await watch.waitFor('client_errors_by_address', address)
    return { address, watch, alert, admin: await createAdministrator(world) }
  }

  it('is a line of the log by its OWASP name, a record of the audit log, and counted', async () => {
    const before = api.services.detection.countRaised()
    const { address, alert, admin } = await raise()
    expect(api.services.detection.countRaised()).toBe(before + 1)
    const rule = 'client_errors_by_address'
    expect(api.log()).toContainEqual(
      expect.objectContaining({
        ...{ level: 'warn', event: `malicious_excess_404:${address},${rule}`, msg: alert.summary },
        ...{ alert: rule, alertId: alert.id, subject: address },
      }),
    )
    const [event] = await readAudit(world, admin, { action: 'detection.alertRaised' })
    expect(event).toMatchObject({
      target: alert.id,
      code: rule,
      after: { rule, severity: 'warning', count: 60 },
    })
    expect(JSON.stringify(event)).not.toContain(address)
  })

  it('is acknowledged and resolved, with what it was before on record', async () => {
    const { alert, admin } = await raise()
    const settle = (how: string) => admin.ask(`POST /admin/alerts/${alert.id}/${how}`)
    const acknowledged = await settle('acknowledge')
    expect(acknowledged.status, acknowledged.text).toBe(200)
    expect(acknowledged.body).toMatchObject({ status: 'acknowledged', acknowledgedBy: admin.id })
    expect((await settle('acknowledge')).body).toEqual(acknowledged.body)
    const resolved = await settle('resolve')
    expect(resolved.body).toMatchObject({ status: 'resolved', resolvedBy: admin.id })
    expect((await settle('resolve')).body).toEqual(resolved.body)
    const [repeated, change] = await readAudit(world, admin, { action: 'admin.alerts.resolve' })
    expect(change).toMatchObject({
      ...{ actor: admin.id, target: alert.id },
      ...{ before: { status: 'acknowledged' }, after: { status: 'resolved' } },
    })
    expect(repeated).toMatchObject({ before: { status: 'resolved' } })
  })

  it('that was resolved is followed by another, and one that was not is counted', async () => {
    const { address, watch, alert, admin } = await raise()
    const rule = 'client_errors_by_address'
    await askTimes(10, () => read('/nowhere', { address }))
    expect(await watch.list()).toEqual([{ rule, subject: address }])
    const [row] = await world.sql.run('SELECT count FROM alerts WHERE id = $1', [alert.id])
    expect(row).toEqual({ count: 70 })
    await admin.ask(`POST /admin/alerts/${alert.id}/resolve`)
    await read('/nowhere', { address })
    expect(await watch.list()).toEqual([
      { rule, subject: address },
      { rule, subject: address },
    ])
  })

  it('is found by status and rule; an unknown one is nowhere', async () => {
    const { alert, admin } = await raise()
    const ids = async (query: string) => {
      const { body } = await admin.ask(`GET /admin/alerts?limit=100&${query}`)
      const items = body?.['items']
      return Array.isArray(items) ? items.map(({ id }) => id) : null
    }
    expect(await ids('status=open&rule=client_errors_by_address')).toContain(alert.id)
    expect(await ids('status=resolved')).not.toContain(alert.id)
    expect(await ids('rule=mass_export')).not.toContain(alert.id)
    expect((await admin.ask('GET /admin/alerts?rule=nothing')).status).toBe(400)
    const unknown = `POST /admin/alerts/${crypto.randomUUID()}/resolve` as const
    expect(outcomeOf(await admin.ask(unknown))).toEqual([404, 'not_found'])
  })
})

it('a credential that opens nothing is an anonymous caller to the rules', async () => {
  const address = freshAddress()
  const headers = { authorization: 'Bearer nothing' }
  const attack = (index: number) => read(`/api/orders/${index + 1}`, { address, headers })
  await expectAlertAt(60, { attack, rule: 'client_errors_by_address', subject: address })
  expect((await read('/api/orders/1', { address: anyAddress() })).status).toBe(401)
})
