import { anyAddress } from './request.ts'

/** A browser without scripts: it keeps cookies by path, and follows redirects one at a time. */
export interface Agent {
  /** The last answer, once redirects within the site have been followed. */
  open(
    url: string,
    form?: Readonly<Record<string, string>> | URLSearchParams,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Page>
  /** Where the answer to one request sends the browser, which does not go there yet; throws for a page. */
  send(url: string, form?: Readonly<Record<string, string>>): Promise<string>
  cookies(): readonly string[]
  /** What a cookie holds; undefined for none. */
  cookie(name: string): string | undefined
  setCookie(name: string, value: string): void
}

export interface Page {
  readonly status: number
  readonly url: string
  readonly headers: Headers
  readonly text: string
  /** Where a redirect leaves the site; null for a page of ours. */
  readonly leftTo: URL | null
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

const maxRedirects = 10

/** Begins with the cookies that a person has, such as `session=…`. */
export function createAgent(origin: string, first?: string): Agent {
  const jar = new Map<string, Cookie>()
  const address = anyAddress()
  if (first) keep(`${first}; path=/`)

  function keep(header: string): void {
    const [pair = '', ...attributes] = header.split(';')
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1)]
    const path = attributes
      .map((attribute) => /^ ?path=(.*)$/i.exec(attribute)?.[1])
      .find((found) => found !== undefined)
    const isOver = attributes.some((attribute) =>
      /expires=Thu, 01 Jan 1970|max-age=0$/i.test(attribute),
    )
    const key = `${name};${path ?? '/'}`
    if (isOver || value === '') jar.delete(key)
    else jar.set(key, { name, value, path: path ?? '/' })
  }

  const cookiesFor = ({ pathname }: URL) =>
    [...jar.values()]
      .filter(({ path }) => pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')

  async function ask(
    url: URL,
    form?: Readonly<Record<string, string>> | URLSearchParams,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const cookie = cookiesFor(url)
    const response = await fetch(url, {
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        'x-forwarded-for': address,
        ...(cookie && { cookie }),
        ...(form && { 'sec-fetch-site': 'same-origin' }),
        ...headers,
      },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const header of response.headers.getSetCookie()) keep(header)
    return response
  }

  return {
    cookies: () => [...jar.values()].map(({ name }) => name),
    cookie: (name) => [...jar.values()].findLast((cookie) => cookie.name === name)?.value,
    setCookie: (name, value) => void jar.set(`${name};/`, { name, value, path: '/' }),
    async send(start, form) {
      const url = new URL(start, origin)
      const response = await ask(url, form)
      const location = response.headers.get('location')
      if (location === null) throw new Error(`${response.status}: ${await response.text()}`)
      return new URL(location, url).href
    },
    async open(start, form, headers) {
      let url = new URL(start, origin)
      let response = await ask(url, form, headers)
      for (let count = 0; count < maxRedirects; count += 1) {
        const location = response.headers.get('location')
        const { status, headers } = response
        if (location === null) {
          return { status, url: url.href, headers, text: await response.text(), leftTo: null }
        }
        const next = new URL(location, url)
        if (next.origin !== origin) {
          return { status, url: url.href, headers, text: '', leftTo: next }
        }
        url = next
        response = await ask(url)
      }
      throw new Error(`More than ${maxRedirects} redirects from ${start}`)
    },
  }
}

/** What a page of ours is about; undefined for an answer that is none. */
export const titleOf = ({ text }: Page) => /<h1>([^<]*)<\/h1>/.exec(text)?.[1]

/** The path of a form on a page, by the end of its action. */
export function formOf({ text, url }: Page, end: string): string {
  const actions = [...text.matchAll(/<form method="post" action="([^"]+)"/g)].map(
    ([, path]) => path,
  )
  const action = actions.find((path) => path?.endsWith(end))
  if (!action) throw new Error(`There is no form …${end} at ${url}: ${text.slice(0, 2_000)}`)
  return action
}
