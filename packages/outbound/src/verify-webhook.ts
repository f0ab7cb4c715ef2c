import { timingSafeEqual } from 'node:crypto'
import { requireWebhookSecrets } from './webhook-secret.ts'
import { hashParts, isWebhookId } from './webhook-signature.ts'

export interface ReceivedWebhook {
  /** As Node's HTTP server has them: names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The very text that arrived. */
  readonly body: string
  /** Any of them will do. */
  readonly secrets: readonly string[]
  readonly now: Date
}

const toleranceSeconds = 300
const maxSignatures = 16
const signature = /^v1,([A-Za-z\d+/]{43}=)$/

/**
 * The event's id when one of the secrets has signed it, within five minutes either way; null otherwise.
 * Whether that id was there before is for the receiver to remember. Throws when a secret is no good.
 */
export function verifyWebhook({ headers, body, secrets, now }: ReceivedWebhook): string | null {
  const keys = requireWebhookSecrets(secrets)
  const id = textOf(headers['webhook-id'])
  const time = textOf(headers['webhook-timestamp'])
  if (!isWebhookId(id) || !/^[1-9]\d{0,11}$/.test(time)) return null
  const timestamp = Number(time)
  if (Math.abs(now.getTime() / 1_000 - timestamp) > toleranceSeconds) return null
  const expected = keys.map((key) => hashParts(key, { id, timestamp, body }))
  const given = readSignatures(textOf(headers['webhook-signature']))
  return given.some((one) => isAmong(one, expected)) ? id : null
}

const textOf = (header: string | readonly string[] | undefined) =>
  typeof header === 'string' ? header : ''

/** Those of a version that is known; others may stand beside them. */
function readSignatures(text: string): readonly Buffer[] {
  return text
    .split(' ', maxSignatures)
    .flatMap((part) => signature.exec(part)?.[1] ?? [])
    .map((encoded) => Buffer.from(encoded, 'base64'))
}

/** Takes the same time wherever they differ. */
const isAmong = (given: Buffer, expected: readonly Buffer[]) =>
  expected.filter((one) => timingSafeEqual(one, given)).length > 0
