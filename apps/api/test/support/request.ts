import { randomInt } from 'node:crypto'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The JSON body; undefined where there is none. */
  readonly body: Readonly<Record<string, unknown>> | undefined
}

export interface Asked {
  readonly method?: string
  readonly cookie?: string | undefined
  readonly body?: unknown
  /** In place of a body, a form with files. */
  readonly form?: FormData
  readonly headers?: Readonly<Record<string, string>>
  /** The client's address, as the trusted proxy tells it; another one for every request by default. */
  readonly address?: string
}

/** An address that no other request of this run is likely to have. */
export const anyAddress = () => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`

/** One HTTP request as a client sends it; every answer is a value, whatever its status. */
export async function request(url: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', cookie, body, form, headers = {}, address = anyAddress() } = asked
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      'x-forwarded-for': address,
      'x-forwarded-proto': 'https',
      ...(cookie === undefined ? {} : { cookie }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(form && { body: form }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parse(text) }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
