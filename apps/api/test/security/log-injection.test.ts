import { describe, expect, it } from 'vitest'
import type { Person, World } from '../support/create-world.ts'
import { exchange, exchangeRequest } from '../support/exchange.ts'
import { postRaw, rawForm } from '../support/files.ts'
import { postForm } from '../support/post-form.ts'
import { anyAddress, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

const forged = '{"level":"fatal","msg":"forged"}'

const hostile: Readonly<Record<string, string>> = {
  'a line end': `a\r\n${forged}\r\n`,
  'a line end of Unix': `a\n${forged}`,
  'a carriage return alone': `a\r${forged}`,
  'a form feed and a vertical tab': `a\f${forged}\v${forged}`,
  'a line and a paragraph separator': `a\u2028${forged}\u2029${forged}`,
  'a next line of C1': `a\u0085${forged}`,
  'an escape sequence': '\u001b[2J\u001b[31mred\u001b]0;title\u0007',
  'an escape sequence of C1': '\u009b2Jred',
  'a backspace': 'real\b\b\b\bfake',
  'an end of JSON': `"}\n${forged}`,
  'an end of JSON that goes on': '","level":"fatal","msg":"forged","x":"',
  backslashes: '\\"},{\\u000a\\n',
  'a NUL': `a\0${forged}`,
  'half a character': '\ud800',
  'what is turned round': '\u202efatal\u2066\u2069\u200f\u061c',
  'no characters at all': '\ufeff\u200b\ufffe',
  'a template': '$' + '{jndi:ldap://127.0.0.1/a}%s%o%j{{7*7}}',
  'a markup': '<script>alert(1)</script>',
  'a formula': "=cmd|' /C calc'!A0",
  'very much': 'A'.repeat(60_000),
}

/** Neither a control character nor what a reader of lines, or of text, takes for one. */
const plain = /^[^\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u

type Answer = { readonly headers: Headers | Readonly<Record<string, string>> }

/** What a header can carry: bytes, and no line end, which would end it. */
const inHeader = (text: string) =>
  Buffer.from(text.replaceAll(/[\r\n\0]/g, ''), 'utf8')
    .toString('latin1')
    .slice(0, 8_000)

const ask = (line: string, headers: readonly string[]) =>
  exchangeRequest(api.url, line, [`X-Forwarded-For: ${anyAddress()}`, ...headers])

const inUrl = (text: string) => encodeURIComponent(text.toWellFormed().slice(0, 4_000))

/** Everywhere a caller's words come near to the log, and the answers to a text that stands there. */
const places: Readonly<
  Record<string, (text: string, person: Person) => Promise<readonly Answer[]>>
> = {
  'in headers': (text, { cookie }) =>
    Promise.all(
      [
        ...['User-Agent', 'Referer', 'X-Request-Id', 'traceparent', 'X-Organization-Id', 'Origin'],
        ...['X-Forwarded-Host', 'Idempotency-Key', 'If-Match', 'Authorization', 'Expect', 'Accept'],
      ].map((name) =>
        ask('GET /api/auth/session', [
          `${name}: ${inHeader(text)}`,
          ...(name === 'Authorization' ? [] : [`Cookie: ${cookie}`]),
        ]),
      ),
    ),
  'as an address': async (text) => [
    await exchangeRequest(api.url, 'GET /healthz', [`X-Forwarded-For: ${inHeader(text)}`]),
  ],
  'in paths and queries': (text, { cookie }) =>
    Promise.all(
      [`/${inUrl(text)}`, `/api/orders/${inUrl(text)}`, `/api/users/${inUrl(text)}/orders`]
        .concat(
          [`/api/organizations?cursor=${inUrl(text)}`, `/api/organizations?${inUrl(text)}=1`],
          [`/trpc/${inUrl(text)}`, `/trpc/orders.get?input=${inUrl(text)}`],
          [`/oauth/authorize?client_id=${inUrl(text)}`, `/api/auth/external/${inUrl(text)}`],
        )
        .map((path) => request(api.url + path, { cookie })),
    ),
  'in bodies, and as the names of fields': (text, { cookie, id }) =>
    Promise.all([
      request(`${api.url}/api/auth/login`, {
        method: 'POST',
        body: { email: text, password: text },
      }),
      request(`${api.url}/api/auth/login`, { method: 'POST', body: { [text]: { [text]: text } } }),
      request(`${api.url}/api/auth/password/forgot`, {
        method: 'POST',
        body: { email: `${text}@a.test` },
      }),
      request(`${api.url}/api/users/${id}`, { method: 'PATCH', cookie, body: { name: text } }),
      request(`${api.url}/trpc/orders.get?input=${inUrl(JSON.stringify({ orderId: text }))}`, {
        cookie,
      }),
      request(`${api.url}/api/api-keys`, {
        method: 'POST',
        cookie,
        body: { name: text, permissions: [text] },
      }),
      postForm(`${api.url}/oauth/token`, { grant_type: text, client_id: text, [text]: text }),
    ]),
  'in forms of files': async (text, person) => {
    const quoted = text.replaceAll(/[\r\n"]/g, '').slice(0, 8_000)
    const names = [`name="file"; filename="${quoted}"`, `name="${quoted}"; filename="a.png"`]
    return Promise.all(
      names.map((name) =>
        postRaw(
          api,
          rawForm([[`Content-Disposition: form-data; ${name}`, Buffer.from(text)]]),
          person,
        ),
      ),
    )
  },
}

const idOf = ({ headers }: Answer) =>
  headers instanceof Headers ? headers.get('x-request-id') : headers['x-request-id']

describe.each(Object.entries(hostile))('%s', (_name, text) => {
  it.each(Object.entries(places))(
    '%s leaves one line for each request, and plain ones',
    async (_place, send) => {
      const person = await world.createPerson()
      const before = api.logText().length
      const ids = (await send(text, person)).map(idOf)
      expect(ids.length).toBeGreaterThan(0)
      const lines = () => api.logText().slice(before).split('\n').filter(Boolean)
      const requests = () =>
        lines()
          .map((line): Record<string, unknown> => JSON.parse(line))
          .filter(({ msg }) => msg === 'request')
      for (const id of ids) {
        expect(id).toMatch(/^[\da-f-]{36}$/)
        await expect
          .poll(() => requests().filter(({ requestId }) => requestId === id))
          .toHaveLength(1)
      }
      for (const line of lines()) {
        expect(line).toMatch(plain)
        expect(line.length).toBeLessThan(6_000)
        const { level, msg } = JSON.parse(line)
        expect([level, msg]).not.toContain('fatal')
        expect(msg).not.toBe('forged')
      }
    },
  )
})

it('a line end in a header or in the request line ends the request and no line', async () => {
  for (const message of [
    `GET /api/auth/session HTTP/1.1\r\nHost: a\r\nUser-Agent: a\rb\n${forged}\r\n\r\n`,
    `GET /\n${forged} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `${forged}\r\n\r\n`,
    `\u001b[31mGET / HTTP/1.1\r\n\r\n`,
  ]) {
    const before = api.logText().length
    const answer = await exchange(api.url, message)
    expect(answer.status).toBe(400)
    const text = () => api.logText().slice(before)
    await expect.poll(text).toContain(String(answer.headers['x-request-id']))
    expect(text()).not.toContain('forged')
    for (const line of text().trimEnd().split('\n')) expect(line).toMatch(plain)
  }
})

it('the check sees what it looks for', () => {
  expect(plain.test(JSON.stringify({ a: '\u001b\n' }))).toBe(true)
  for (const text of ['\u001b', 'a\nb', '\u2028', '\u0085', '\u202e']) {
    expect(
      plain.test(JSON.stringify(text).replaceAll('\\n', '\n').replaceAll('\\u001b', '\u001b')),
    ).toBe(false)
  }
})
