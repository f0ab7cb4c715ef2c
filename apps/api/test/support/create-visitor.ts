import { type Answer, type Asked, request } from './request.ts'
import type { TestApi } from './start-api.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface Visitor {
  /** The Cookie header of their next request; undefined for none. */
  cookie: string | undefined
  /** Asks a REST route, such as `POST /auth/login`, and keeps the cookie of the answer as browsers do. */
  ask(route: `${Method} /${string}`, body?: unknown, asked?: Asked): Promise<Answer>
  /** The status of the route that any whole session may ask. */
  status(): Promise<number>
}

/** A browser without pages. */
export function createVisitor({ url }: Pick<TestApi, 'url'>, cookie?: string): Visitor {
  const visitor: Visitor = {
    cookie,
    async ask(route, body, asked = {}) {
      const [method = '', path = ''] = route.split(' ')
      const own = { method, body, cookie: visitor.cookie }
      const answer = await request(`${url}/api${path}`, { ...own, ...asked })
      const [set] = answer.headers.getSetCookie()
      if (set !== undefined) visitor.cookie = readCookie(set)
      return answer
    },
    status: async () => (await visitor.ask('GET /auth/session')).status,
  }
  return visitor
}

/** The Cookie header that a Set-Cookie header leads to; undefined for one that removes the cookie. */
function readCookie(header: string): string | undefined {
  const [pair = ''] = header.split(';')
  return pair.endsWith('=') ? undefined : pair
}
