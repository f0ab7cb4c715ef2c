import { readdir } from 'node:fs/promises'
import type { Person } from './create-world.ts'
import { type Answer, type Asked, request } from './request.ts'
import type { TestApi } from './start-api.ts'

export interface Upload {
  readonly bytes: Buffer
  readonly name?: string
  readonly field?: string
}

/** Uploads each as a part of one form, as a browser does. */
export function uploadAll(
  { url }: TestApi,
  uploads: readonly Upload[],
  asked: Asked = {},
): Promise<Answer> {
  const form = new FormData()
  for (const { bytes, name = 'a.png', field = 'file' } of uploads) {
    form.append(field, new Blob([new Uint8Array(bytes)]), name)
  }
  return request(`${url}/api/files`, { method: 'POST', form, ...asked })
}

export const upload = (api: TestApi, one: Upload, asked: Asked = {}) => uploadAll(api, [one], asked)

/** Uploads what must be taken; its id. */
export async function keep(api: TestApi, bytes: Buffer, { cookie }: Person): Promise<string> {
  const { status, text, body } = await upload(api, { bytes }, { cookie })
  if (status !== 201) throw new Error(`It was not kept: ${text}`)
  return String(body?.['id'])
}

export const download = ({ url }: TestApi, id: string, asked: Asked = {}) =>
  request(`${url}/api/files/${id}`, asked)

export const codeOf = ({ status, body }: Answer) => [status, body?.['code']]

/** The contents that the API keeps, and nothing unfinished beside them. */
export const listContents = async ({ files }: TestApi) => (await readdir(files)).toSorted()

/** One part of a multipart body, with whatever head it is given. */
export function rawForm(parts: readonly (readonly [head: string, content: Buffer])[]) {
  const boundary = 'a-boundary-that-is-nowhere-else'
  const chunks = parts.flatMap(([head, content]) => [
    Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
    content,
    Buffer.from('\r\n'),
  ])
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  }
}

/** A POST of these very bytes. */
export async function postRaw(
  { url }: TestApi,
  { type, body }: { readonly type: string; readonly body: Buffer },
  { cookie }: { readonly cookie: string },
): Promise<Answer> {
  const headers = { 'content-type': type, cookie }
  const sent = { method: 'POST', headers, body: new Uint8Array(body) }
  const answer = await fetch(`${url}/api/files`, sent)
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) }
}
