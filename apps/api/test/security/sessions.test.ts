import { createLuciaSessions, createPlainSessions, generateToken } from '@repo/auth'
import { describe, expect, it } from 'vitest'
import { createWorld, type Person, password, signIn, type World } from '../support/create-world.ts'
import { withoutRequestId } from '../support/problem-of.ts'
import { type Asked, request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

// The library, and what can take its place (docs/decisions/0001).
const implementations = [
  ['by Lucia', createLuciaSessions],
  ['without Lucia', createPlainSessions],
] as const

describe.each(implementations)('sessions %s', (_implementation, createSessions) => {
  let api: TestApi
  let world: World

  useWorld(
    (made) => {
      ;({ api, world } = made)
    },
    { createSessions },
  )

  const hour = 60 * 60
  const day = 24 * hour

  const logIn = (body: unknown, asked: Asked = {}) =>
    request(`${api.url}/api/auth/login`, { method: 'POST', body, ...asked })
  const readSession = (asked: Asked) => request(`${api.url}/api/auth/session`, asked)
  const statusOf = async (cookie: string) => (await readSession({ cookie })).status
  const cookieFrom = (headers: Headers) => headers.get('set-cookie')?.split(';')[0] ?? ''

  describe('the cookie', () => {
    const partsOf = ([header = '']: readonly string[]) => header.split('; ').slice(1).toSorted()
    const flags = ['HttpOnly', `Max-Age=${7 * day}`, 'Path=/', 'SameSite=Lax']

    it('is for this host alone, out of reach of scripts and of other sites', async () => {
      const { email } = await world.createPerson()
      const { headers } = await logIn({ email, password })
      // The other one says who is known in this browser (security/brute-force.test.ts).
      expect(headers.getSetCookie()).toEqual([
        expect.stringMatching(/^session=[\w-]{49};/),
        expect.stringMatching(/^browser=/),
      ])
      expect(partsOf(headers.getSetCookie())).toEqual(flags)
    })

    it('is __Host- and Secure where the API is reached over HTTPS', async () => {
      const secure = await startApi({
        environment: { BASE_URL: 'https://api.test', ALLOWED_HOSTS: '127.0.0.1' },
        createSessions,
      })
      const there = await createWorld(secure)
      try {
        const { email } = await there.createPerson()
        const body = { email, password }
        const answer = await request(`${secure.url}/api/auth/login`, { method: 'POST', body })
        expect(answer.headers.get('set-cookie')).toMatch(/^__Host-session=[\w-]{49};/)
        expect(partsOf(answer.headers.getSetCookie())).toEqual([...flags, 'Secure'].toSorted())
        const cookie = cookieFrom(answer.headers)
        const read = (value: string) => request(`${secure.url}/api/auth/session`, { cookie: value })
        expect((await read(cookie)).status).toBe(200)
        expect((await read(cookie.replace('__Host-', ''))).status).toBe(401)
      } finally {
        await there.close()
        await secure.close()
      }
    })

    it('is stored nowhere: the database holds a hash of it', async () => {
      const { cookie } = await world.createPerson()
      const token = cookie.split('=')[1] ?? ''
      const count = 'SELECT count(*)::int AS found FROM sessions s WHERE s::text LIKE $1'
      expect(await world.sql.run(count, [`%${token.slice(0, 20)}%`])).toEqual([{ found: 0 }])
      expect(await statusOf(cookie)).toBe(200)
    })

    it('is removed by log-out', async () => {
      const { cookie } = await world.createPerson()
      const answer = await request(`${api.url}/api/auth/logout`, { method: 'POST', cookie })
      expect(answer.headers.get('set-cookie')).toMatch(/^session=;.*Max-Age=0/)
      expect(await statusOf(cookie)).toBe(401)
    })
  })

  describe('log-in', () => {
    it('changes the id and ends the session that was presented', async () => {
      const { email, cookie } = await world.createPerson()
      const { headers } = await logIn({ email, password }, { cookie })
      const fresh = cookieFrom(headers)
      expect(fresh).not.toBe(cookie)
      expect(await statusOf(fresh)).toBe(200)
      expect(await statusOf(cookie)).toBe(401)
    })

    it('does not take up an id that was planted before it', async () => {
      const { email } = await world.createPerson()
      const planted = `session=${generateToken()}`
      const { headers } = await logIn({ email, password }, { cookie: planted })
      expect(cookieFrom(headers)).not.toBe(planted)
      expect(await statusOf(planted)).toBe(401)
      expect(await statusOf(cookieFrom(headers))).toBe(200)
    })

    it('leaves the sessions of other devices alone', async () => {
      const { email, cookie } = await world.createPerson()
      await signIn(api, email)
      expect(await statusOf(cookie)).toBe(200)
    })

    it('tells an unknown e-mail, a wrong password and a disabled user apart for nobody', async () => {
      const [person, disabled] = [await world.createPerson(), await world.createPerson()]
      await world.sql.run('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.id])
      const answers = await Promise.all([
        logIn({ email: person.email, password: 'wrong' }),
        logIn({ email: 'nobody@world.test', password }),
        logIn({ email: disabled.email, password }),
      ])
      const seen = answers.map(({ status, text, headers }) => {
        const names = [...headers.keys()].filter((name) => name !== 'date')
        return [status, withoutRequestId(text), headers.get('set-cookie'), names]
      })
      expect(seen[0]?.[0]).toBe(401)
      expect(seen[1]).toEqual(seen[0])
      expect(seen[2]).toEqual(seen[0])
      expect((await logIn({ email: person.email, password })).status).toBe(200)
    })
  })

  describe('the very next request', () => {
    const changes: readonly (readonly [name: string, sql: string, status: number])[] = [
      ['a disabled user', 'UPDATE users SET disabled_at = now() WHERE id = $1', 401],
      ['a deleted session', 'DELETE FROM sessions WHERE user_id = $1', 401],
      ['an ended membership', 'UPDATE memberships SET removed_at = now() WHERE user_id = $1', 403],
      ['a role without writing', "UPDATE memberships SET role = 'viewer' WHERE user_id = $1", 403],
    ]
    const create = ({ id, cookie }: Person) =>
      request(`${api.url}/api/users/${id}/orders`, {
        method: 'POST',
        cookie,
        body: { currency: 'EUR', totalCents: 1 },
      })

    it.each(changes)('feels %s', async (_name, text, status) => {
      const person = await world.createPerson()
      expect((await create(person)).status).toBe(201)
      await world.sql.run(text, [person.id])
      expect((await create(person)).status).toBe(status)
    })

    it('feels a promotion too', async () => {
      const person = await world.createPerson({ role: 'viewer' })
      expect((await create(person)).status).toBe(403)
      await world.sql.run("UPDATE memberships SET role = 'member' WHERE user_id = $1", [person.id])
      expect((await create(person)).status).toBe(201)
    })
  })

  describe('the lifetime', () => {
    it('ends after 24 hours without a request', async () => {
      const { cookie } = await world.createPerson()
      api.moveClock(day - 60)
      expect(await statusOf(cookie)).toBe(200)
      api.moveClock(day - 60)
      expect(await statusOf(cookie)).toBe(200)
      api.moveClock(day + 1)
      expect(await statusOf(cookie)).toBe(401)
    })

    it('ends after 7 days, however often it is used', async () => {
      const { cookie } = await world.createPerson()
      for (let hours = 12; hours < 7 * 24; hours += 12) {
        api.moveClock(12 * hour)
        expect(await statusOf(cookie), `after ${hours} hours`).toBe(200)
      }
      api.moveClock(12 * hour)
      expect(await statusOf(cookie)).toBe(401)
    })
  })

  describe('a credential that is none', () => {
    const spoil = (token: string): readonly (readonly [string, string])[] => [
      ['no token', ''],
      ['one letter changed', `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`],
      ['its end cut', token.slice(0, -1)],
      ['a longer one', `${token}A`],
      ['one with a wrong checksum', 'A'.repeat(49)],
      ['a well-formed one of nobody', generateToken()],
      ['an array of letters', 'session'],
      ['a very long one', 'A'.repeat(8_000)],
      ['not ASCII', '%E2%82%AC'.repeat(5)],
    ]

    it('as a cookie is nobody', async () => {
      const { cookie } = await world.createPerson()
      for (const [name, token] of spoil(cookie.replace('session=', ''))) {
        const answer = await readSession({ cookie: `session=${token}` })
        expect(answer.status, name).toBe(401)
        expect(answer.body?.['code']).toBe('unauthenticated')
        expect(answer.headers.get('www-authenticate'), name).toBe('Bearer realm="api"')
      }
      expect(await statusOf(cookie)).toBe(200)
    })

    it.each(['Bearer x', 'Bearer', 'Basic YTpi', 'bearer session', 'rk_1', ''])(
      'as Authorization: %s is refused',
      async (authorization) => {
        const answer = await readSession({ headers: { authorization } })
        expect(answer.status).toBe(401)
        expect(answer.body?.['code']).toBe('invalid_token')
        expect(answer.headers.get('www-authenticate')).toMatch(
          /^Bearer realm="api", error="invalid_token", DPoP realm="api"/,
        )
      },
    )

    it('never falls back to the cookie beside it', async () => {
      const { cookie } = await world.createPerson()
      const paths = ['/api/auth/session', '/trpc/auth.session']
      for (const path of paths) {
        const answer = await request(api.url + path, {
          cookie,
          headers: { authorization: 'Bearer x' },
        })
        expect(answer.status, path).toBe(400)
        expect(answer.text).toContain('two_credentials')
        expect((await request(api.url + path, { cookie })).status, path).toBe(200)
      }
    })

    it('two session cookies are two credentials', async () => {
      const [one, other] = await Promise.all([world.createPerson(), world.createPerson()])
      const [name, token] = other.cookie.split('=')
      for (const second of [other.cookie, `${name} =${token}`, `\t${name}\t=${token}`]) {
        expect(await statusOf(`${one.cookie}; ${second}`), second).toBe(400)
      }
      expect(await statusOf(`theme=dark; ${one.cookie}; xsession=1`)).toBe(200)
    })

    it("as a session's token sent as a bearer token is refused", async () => {
      const { cookie } = await world.createPerson()
      const authorization = `Bearer ${cookie.replace('session=', '')}`
      expect((await readSession({ headers: { authorization } })).status).toBe(401)
      expect(await statusOf(cookie)).toBe(200)
    })
  })

  it.each(['/api/auth/session', '/api/orders/1', '/trpc/auth.session', '/trpc/organizations.get'])(
    'a 401 of %s says how to authenticate',
    async (path) => {
      const answer = await request(api.url + path)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="api"')
    },
  )
})
