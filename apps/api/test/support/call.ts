import type { Declared } from './procedures.ts'
import { type Answer, type Asked, request } from './request.ts'

type Input = Readonly<Record<string, unknown>> | undefined

/** Calls a procedure as a tRPC client does. */
export function callTrpc(
  url: string,
  { path, type }: Declared,
  input: Input,
  asked: Asked,
): Promise<Answer> {
  const address = `${url}/trpc/${path}`
  if (type === 'mutation') {
    return request(address, {
      ...asked,
      method: 'POST',
      body: input ?? '',
      headers: { 'content-type': 'application/json', ...asked.headers },
    })
  }
  const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
  return request(address + query, asked)
}

/** Calls a procedure's REST route: what its path names goes there, the rest into query or body. */
export function callRest(
  url: string,
  { rest }: Declared,
  input: Input,
  asked: Asked,
): Promise<Answer> {
  if (!rest) throw new Error('This procedure has no REST route.')
  const left = { ...input }
  const path = rest.url.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = String(left[name])
    delete left[name]
    // Half a surrogate pair has no place in a URL.
    return encodeURIComponent(value.toWellFormed())
  })
  const { method } = rest.rest
  if (rest.transfer === 'upload') return request(url + path, { ...asked, method, ...toForm(left) })
  const rests = Object.keys(left).length > 0 ? left : undefined
  if (method === 'GET' || method === 'DELETE') {
    const query = new URLSearchParams(
      Object.entries(left).map(([key, value]): [string, string] => [key, String(value)]),
    )
    return request(`${url}${path}${rests ? `?${query}` : ''}`, { ...asked, method })
  }
  return request(url + path, { ...asked, method, ...(rests ? { body: rests } : {}) })
}

/** An upload as a browser sends it: the content as the file of that name, all else as fields. */
function toForm({ name, content, ...fields }: Record<string, unknown>): Pick<Asked, 'form'> {
  const form = new FormData()
  for (const [key, value] of Object.entries(fields)) form.append(key, String(value))
  form.append('file', new Blob([Buffer.from(String(content), 'base64')]), String(name))
  return { form }
}
