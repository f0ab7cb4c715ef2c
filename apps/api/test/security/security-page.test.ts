import { beforeAll, describe, expect, it } from 'vitest'
import { createAdministrator, readAudit } from '../support/administer.ts'
import {
  type CodedAdministrator,
  createCodedAdministrator,
  failLogIns,
} from '../support/attack-and-enter.ts'
import { openSession, password, type World } from '../support/create-world.ts'
import { postForm } from '../support/post-form.ts'
import { type Answer, request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { type ServedRoute, watchRoutes } from '../support/watch-routes.ts'

let api: TestApi
let world: World
let admin: CodedAdministrator
let routes: readonly ServedRoute[]

useWorld(async (made) => {
  api = made.api
  world = made.world
  admin = await createCodedAdministrator(world)
})
beforeAll(async () => {
  const watched = await watchRoutes(() => startApi())
  await watched.made.close()
  routes = watched.routes.filter(({ path }) => /^\/admin(\/|$)/.test(path) && !isOpen.has(path))
})

// What is the same for everybody, and the ways in and out.
const isOpen: ReadonlySet<string> = new Set([
  '/admin/page.css',
  '/admin/live.js',
  '/admin/sign-in',
  '/admin/step-up',
  '/admin/sign-out',
])

const session = (userId: string, state: Parameters<typeof openSession>[2] = {}) =>
  openSession(api, userId, state)
const look = (path: string, cookie?: string) => request(api.url + path, { cookie })
const send = (path: string, form: Readonly<Record<string, string>>, cookie = '', headers = {}) =>
  postForm(api.url + path, form, { headers: { cookie, ...headers } })
const ask = ({ method, path }: ServedRoute, cookie?: string): Promise<Answer> =>
  method === 'POST' ? send(path, {}, cookie) : look(path, cookie)

describe('whoever is not an administrator of the platform with a second factor', () => {
  type Kind = readonly [
    who: string,
    status: number,
    shown: string,
    cookie: () => Promise<string | undefined>,
  ]
  const personOf = async (platformRole?: string) =>
    world.createPerson(platformRole === undefined ? { role: 'owner' } : { platformRole })
  const kinds: readonly Kind[] = [
    ['nobody', 401, 'Sign in', async () => undefined],
    [
      'the owner of an organization',
      403,
      'This page is not for you',
      async () => (await personOf()).cookie,
    ],
    [
      'somebody of the platform’s support, with a second factor',
      403,
      'This page is not for you',
      async () => session((await personOf('support')).id, { secondFactor: true }),
    ],
    [
      'an administrator without a second factor',
      403,
      'Confirm that it is you',
      async () => (await personOf('admin')).cookie,
    ],
  ]

  it.each(kinds)(
    '%s gets %d of every page and of every form, and nothing happens',
    async (_who, status, shown, make) => {
      const cookie = await make()
      expect(routes.length).toBeGreaterThan(12)
      for (const route of routes) {
        const answer = await ask(route, cookie)
        expect.soft([route.path, answer.status]).toEqual([route.path, status])
        expect.soft(answer.text).toContain(`<h1>${shown}</h1>`)
        expect.soft(answer.text).not.toContain('aria-label="Security pages"')
      }
    },
  )

  it('an hour after they signed in they are asked again who they are', async () => {
    const cookie = await session(admin.id, { secondFactor: true })
    expect((await look('/admin', cookie)).status).toBe(200)
    api.moveClock(15 * 60 + 1)
    const answer = await look('/admin', cookie)
    expect([answer.status, answer.text.includes('Confirm that it is you')]).toEqual([403, true])
  })

  it('a key and a token open none of them', async () => {
    const answer = await request(`${api.url}/admin`, { headers: { authorization: 'Bearer rk_x' } })
    expect(answer.status).toBe(401)
  })
})

it.each(['/admin/access?search=a&search=b', '/admin/audit?person=a&person=b', '/admin?x=1&x=1'])(
  '%s says two things at once and is refused',
  async (path) => {
    const cookie = await session(admin.id, { secondFactor: true })
    expect((await look(path, cookie)).status).toBe(400)
    expect((await look(path.replace(/&.*/, ''), cookie)).status).not.toBe(500)
  },
)

it('an administrator with a second factor is let in everywhere', async () => {
  const cookie = await session(admin.id, { secondFactor: true })
  for (const route of routes.filter(({ method }) => method === 'GET')) {
    const { status, text } = await ask(route, cookie)
    // Of ids that are none, the pages say that they are not there.
    expect.soft([route.path, status]).toEqual([route.path, route.path.endsWith('/1') ? 400 : 200])
    if (status === 200) expect.soft(text).toContain('aria-label="Security pages"')
  }
})

describe('what is changed by a form', () => {
  it('goes through the API’s own door: it is on record, and counted', async () => {
    const address = '203.0.113.90'
    await failLogIns(world, address)
    const cookie = await session(admin.id, { secondFactor: true })
    const answer = await send(
      '/admin/blocked-addresses/unblock',
      { address, returnTo: '/admin/alerts' },
      cookie,
    )
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/admin/alerts?done=opened',
    ])
    const [event] = await readAudit(world, await createAdministrator(world), {
      action: 'admin.blockedAddresses.delete',
    })
    expect(event).toMatchObject({ actor: admin.id, target: address, outcome: 'success' })
    const again = await send('/admin/blocked-addresses/unblock', { address, returnTo: '' }, cookie)
    expect(again.status).toBe(404)
  })

  it('is refused to a form of another site', async () => {
    const cookie = await session(admin.id, { secondFactor: true })
    const form = { address: '203.0.113.91', returnTo: '/admin' }
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.test' }]) {
      const answer = await send('/admin/blocked-addresses/unblock', form, cookie, headers)
      expect(answer.status).toBe(403)
    }
  })

  it.each([
    'https://evil.test/',
    '//evil.test',
    '/\\evil.test',
    '/api/auth/session',
    '/administer',
    '',
  ])('leads back to these pages alone, whatever it says: %s', async (returnTo) => {
    const answer = await send('/admin/sign-in', {
      ...{ email: admin.email, password, code: admin.nextCode() },
      returnTo,
    })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin'])
  })
})

describe('signing in', () => {
  const signIn = (fields: Readonly<Record<string, string>>) =>
    send('/admin/sign-in', { email: admin.email, password, returnTo: '/admin/jobs', ...fields })
  // As a browser does: of two with the name the last one is kept.
  const cookieOf = ({ headers }: Answer) =>
    headers
      .getSetCookie()
      .filter((one) => one.startsWith(`${api.services.sessions.cookieName}=`))
      .at(-1)
      ?.split(';')[0]

  it('takes a password and a code at once', async () => {
    const answer = await signIn({ code: admin.nextCode() })
    expect(answer.headers.get('location')).toBe('/admin/jobs')
    expect((await look('/admin/jobs', cookieOf(answer))).status).toBe(200)
  })

  it('with a code that is wrong, or none, it is not done: the code is asked for', async () => {
    for (const code of ['000000', '']) {
      const answer = await signIn({ code })
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/jobs'])
      const next = await look('/admin/jobs', cookieOf(answer))
      expect([next.status, next.headers.get('location')]).toEqual([
        303,
        '/account/code?returnTo=%2Fadmin%2Fjobs',
      ])
    }
  })

  it('with a wrong password it says no more than that', async () => {
    const answer = await signIn({ password: 'something else', code: '000000' })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []])
    expect(answer.text).toContain(`value="${admin.email}"`)
    expect(answer.text).not.toContain('something else')
  })

  it('a step-up begins the 15 minutes anew, and by a form signs out', async () => {
    const stale = await session(admin.id, { secondFactor: true })
    api.moveClock(15 * 60 + 1)
    const form = { password, code: admin.nextCode(), returnTo: '/admin/keys' }
    const answer = await send('/admin/step-up', form, stale)
    expect(answer.headers.get('location')).toBe('/admin/keys')
    const cookie = cookieOf(answer)
    expect((await look('/admin/keys', cookie)).status).toBe(200)
    expect((await send('/admin/sign-out', {}, cookie)).status).toBe(303)
    expect((await look('/admin/keys', cookie)).status).toBe(401)
  })
})

const raise = (count: number, columns: string) =>
  world.sql.run(`
    INSERT INTO alerts (rule, severity, subject, summary, count, first_at, last_at, rearms_at)
    SELECT ${columns}, 1, t, t, t FROM generate_series(1, ${count}) g, LATERAL (SELECT now() + g * interval '1 ms' AS t) t`)

describe('what an attacker makes many of', () => {
  it('hides no address that is closed: each can be opened, and by its alert', async () => {
    await world.sql.run(`
      INSERT INTO blocked_addresses (address_key, reason, block_count, blocked_at, blocked_until)
      SELECT '10.0.0.' || 100 + g, 'failed_log_ins', 1, now(), now() + interval '1 hour' FROM generate_series(1, 120) g`)
    await raise(1, `'failed_log_ins', 'warning'::"AlertSeverity", '10.0.0.220', 'Of the last one.'`)
    const cookie = await session(admin.id, { secondFactor: true })
    const seen = new Set<string>()
    let path: string | undefined = '/admin'
    for (let count = 0; path !== undefined && count < 5; count += 1) {
      const { text } = await look(path, cookie)
      for (const [, address = ''] of text.matchAll(/name="address" value="([^"]+)"/g))
        seen.add(address)
      path = /<a href="([^"]+)">More</.exec(text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen.size).toBeGreaterThanOrEqual(120)
    const [row] = await world.sql.run("SELECT id FROM alerts WHERE subject = '10.0.0.220'")
    const { text } = await look(`/admin/alerts/${row?.['id']}`, cookie)
    expect(text).toContain('name="address" value="10.0.0.220"')
  })

  it('and of refusals: an alert says that others came since, and stands where the log is not read', async () => {
    const [row] = await world.sql.run(`
      INSERT INTO alerts (rule, severity, subject, summary, count, first_at, last_at, rearms_at)
      VALUES ('failed_log_ins', 'warning', '192.0.2.9', 'Of one.', 1, now(), now() + interval '1 minute', now())
      RETURNING id`)
    const cookie = await session(admin.id, { secondFactor: true })
    const words = async () => {
      const { status, text } = await look(`/admin/alerts/${row?.['id']}`, cookie)
      return [status, /<h2 id="around">.*?<p class="empty">(.*?)<\/p>/s.exec(text)?.[1]]
    }
    const refuse = (times: number, network: string) =>
      world.sql.run(`
        INSERT INTO audit_events (time, action, outcome, code, address, request_id)
        SELECT now(), 'auth.login', 'denied', 'invalid_credentials', '${network}', 'r' FROM generate_series(1, ${times})`)
    await refuse(1, '192.0.2.9')
    expect(await words()).toEqual([200, undefined])
    await refuse(100, '198.51.100.1')
    expect(await words()).toEqual([
      200,
      'The newest 100 refusals of that time are of others; there are older ones.',
    ])
    await world.sql.run('ALTER FUNCTION platform.list_audit_events RENAME TO away')
    expect(await words()).toEqual([200, 'The audit log could not be read.'])
    await world.sql.run('ALTER FUNCTION platform.away RENAME TO list_audit_events')
  })

  it('hides no alert that is critical, be it older than a thousand others', async () => {
    await raise(1, `'mass_export', 'critical'::"AlertSeverity", 'x', 'The one to see.'`)
    await raise(
      1_100,
      `'failed_log_ins', 'warning'::"AlertSeverity", 'a' || g, 'One of many ' || g`,
    )
    const cookie = await session(admin.id, { secondFactor: true })
    const { text } = await look('/admin', cookie)
    expect(text).toContain('open, 1 critical.')
    expect(text.match(/<h3>.*?<\/h3>/)?.[0]).toContain('The one to see.')
    expect(text).toContain('One of many 1100')
  })
})

it.each(['constructor', '__proto__', 'toString'])(
  'a page says what a form has done, and nothing of %s',
  async (done) => {
    const cookie = await session(admin.id, { secondFactor: true })
    const noticeOf = async (deed: string) => {
      const { status, text } = await look(`/admin/jobs?done=${deed}`, cookie)
      return [status, text.includes('class="notice"')]
    }
    expect(await noticeOf(done)).toEqual([200, false])
    expect(await noticeOf('resolved')).toEqual([200, true])
  },
)

it.each([
  ['sessions', 'sessions', 'public_id'],
  ['api-keys/due', 'api_keys', 'id'],
])(
  '%s that were cut go on where they were, though the last one that was seen has ended',
  async (path, table, key) => {
    const cookie = await session(admin.id, { secondFactor: true })
    const owner = await world.createPerson()
    for (let count = 0; count < 3; count += 1) {
      await session(owner.id)
      const end = new Date(api.services.clock().getTime() + (count + 1) * 3_600_000)
      await world.createRow('api_keys', owner, {
        name: 'k',
        prefix: 'rk_x',
        permissions: '{}',
        expires_at: end,
      })
    }
    const all = JSON.parse((await look(`/api/admin/${path}?limit=100`, cookie)).text)
    const first = JSON.parse((await look(`/api/admin/${path}?limit=1`, cookie)).text)
    await world.sql.run(`DELETE FROM ${table} WHERE ${key} = $1`, [first.items[0].id])
    const next = await look(`/api/admin/${path}?limit=1&cursor=${first.nextCursor}`, cookie)
    expect(JSON.parse(next.text).items[0]).toEqual(all.items[1])
  },
)

it('names what was found as people write it, and says how long an hour is', async () => {
  await failLogIns(world, '203.0.113.92')
  const { text } = await look('/admin', await session(admin.id, { secondFactor: true }))
  expect(text).toContain('failed log-ins · 1 time')
  expect(text).toContain('the last hour is 60 to 75 minutes')
})

it('no page runs or loads anything but its own script and style, whatever it shows', async () => {
  const cookie = await session(admin.id, { secondFactor: true })
  const evil = `"><script>alert(1)</script>`
  const paths = ['/admin', '/admin/access', '/admin/audit', '/admin/sessions']
  for (const path of paths) {
    const query = new URLSearchParams({ search: evil, action: evil.slice(0, 100), done: evil })
    const { headers, text } = await look(`${path}?${query}`, cookie)
    expect
      .soft(headers.get('content-security-policy'))
      .toBe(
        "default-src 'none';style-src 'self';img-src data:;base-uri 'none';form-action 'self';frame-ancestors 'none';script-src 'self';connect-src 'self'",
      )
    expect
      .soft(text)
      .not.toMatch(/<script(?! src="\/admin\/live\.js" defer><)|\son\w+=|\sstyle=|<style/)
    expect.soft(text).not.toMatch(/(src|href|action)="(https?:)?\/\//)
  }
})

it('the matrix on the page is the one in the documents', async () => {
  const cookie = await session(admin.id, { secondFactor: true })
  const { text } = await look('/admin/access?callers=all&search=orders.create', cookie)
  expect(text).toContain('1 of ')
  expect(text).toContain('<code>orders.create</code>')
  expect(text).toContain('POST /api/users/{userId}/orders')
})
