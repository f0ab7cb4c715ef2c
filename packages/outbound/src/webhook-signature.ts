import { createHmac } from 'node:crypto'

/** What is signed, in the form of Standard Webhooks. */
export interface SignedParts {
  readonly id: string
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly body: string
}

/** An id has no dot, so that no two messages are signed as one text. */
export const isWebhookId = (text: string) => /^[\w-]{1,128}$/.test(text)

/** HMAC-SHA256 of `id.timestamp.body`. */
export function hashParts(key: Buffer, { id, timestamp, body }: SignedParts): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest()
}
