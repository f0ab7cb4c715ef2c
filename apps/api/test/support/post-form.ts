import { type Answer, request } from './request.ts'

/** A form as OAuth clients send it; a pair of id and secret goes into the Authorization header. */
export function postForm(
  url: string,
  form: Readonly<Record<string, string>>,
  { basic, headers = {} }: FormOptions = {},
): Promise<Answer> {
  const text = basic && `${encodeURIComponent(basic[0])}:${encodeURIComponent(basic[1])}`
  return request(url, {
    method: 'POST',
    body: new URLSearchParams(form).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(text && { authorization: `Basic ${Buffer.from(text).toString('base64')}` }),
      ...headers,
    },
  })
}

export interface FormOptions {
  readonly basic?: readonly [id: string, secret: string]
  readonly headers?: Readonly<Record<string, string>>
}
