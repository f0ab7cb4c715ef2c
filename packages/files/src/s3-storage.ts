import { createHash } from 'node:crypto'
import { AppError } from '@repo/errors'
import { inSpan } from '@repo/telemetry'
import { AwsClient } from 'aws4fetch'
import type { FileStorage } from './file-storage.ts'
import { maxFileBytes } from './media-type.ts'
import { requireKey } from './require-key.ts'

interface Options {
  readonly timeoutMs?: number
}

/**
 * A bucket of anything that speaks S3, by `https://KEY:SECRET@host/bucket?region=`; objects are addressed
 * by path. Throws `unavailable` for every answer that is not the one it asked for.
 */
export function createS3Storage(url: string, { timeoutMs = 5_000 }: Options = {}): FileStorage {
  const { origin, pathname, username, password, searchParams } = new URL(url)
  const bucket = `${origin}${pathname.replace(/\/$/, '')}`
  const client = new AwsClient({
    accessKeyId: decodeURIComponent(username),
    secretAccessKey: decodeURIComponent(password),
    region: searchParams.get('region') ?? 'us-east-1',
    service: 's3',
    retries: 0,
  })

  async function ask(key: string, request: { readonly method: string; readonly body?: Buffer }) {
    const address = `${bucket}/${requireKey(key)}`
    try {
      const { method, body } = request
      const signal = AbortSignal.timeout(timeoutMs)
      const content = body && { body: new Uint8Array(body), headers: { [hashHeader]: hash(body) } }
      return await inSpan(`S3 ${method}`, { kind: 'client' }, () =>
        client.fetch(address, { method, ...content, redirect: 'error', signal }),
      )
    } catch (error) {
      throw unavailable(error)
    }
  }

  return {
    async put(key, body) {
      await requireOk(await ask(key, { method: 'PUT', body }))
    },
    async get(key) {
      const response = await ask(key, { method: 'GET' })
      if (response.status === 404) return discard(response)
      if (!response.ok) return requireOk(response)
      return readBody(response)
    },
    async delete(key) {
      const response = await ask(key, { method: 'DELETE' })
      if (response.status === 404) await discard(response)
      else await requireOk(response)
    },
  }
}

// Signed too, so that what arrives is what was sent.
const hashHeader = 'x-amz-content-sha256'
const hash = (body: Buffer) => createHash('sha256').update(body).digest('hex')

/** An unread body would keep the connection. */
async function discard(response: Response): Promise<null> {
  await response.body?.cancel()
  return null
}

async function readBody({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.length
      if (bytes > maxFileBytes) throw new Error('The object is larger than any file of ours.')
      chunks.push(chunk)
    }
  } catch (error) {
    throw unavailable(error)
  }
  return Buffer.concat(chunks)
}

async function requireOk(response: Response): Promise<null> {
  await discard(response)
  if (!response.ok) throw unavailable(`The storage answered ${response.status}.`)
  return null
}

const unavailable = (cause: unknown) => new AppError('unavailable', { cause, retryAfterSeconds: 5 })
