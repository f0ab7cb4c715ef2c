import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { readRetryAfter } from '@repo/outbound'

export interface Post {
  readonly body: Uint8Array | string
  readonly headers: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly body: Buffer
  /** Of Retry-After, a minute at most; 0 without one. */
  readonly pauseMs: number
}

const timeoutMs = 10_000
// Meanwhile lines are lost: who says an hour once, and is well again, is asked again within the minute.
const maxPauseMs = 60_000
const maxAnswerBytes = 8 * 1024 * 1024
const compress = promisify(gzip)

/** One POST, compressed, to whom the operator named; follows no redirect. Throws where no whole answer came. */
export async function post(url: string, { body, headers }: Post): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: await compress(body),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const retryAfter = response.headers.get('retry-after') ?? undefined
  return {
    status: response.status,
    body: await read(response),
    pauseMs: Math.min(maxPauseMs, (readRetryAfter(retryAfter, new Date()) ?? 0) * 1_000),
  }
}

async function read({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxAnswerBytes) throw new Error('The answer is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
