import type { Database } from '@repo/database'
import type { Encryption } from '@repo/encryption'
import type { DeliveryHandler } from '@repo/jobs'
import { type Outbound, type OutboundCode, OutboundError, signWebhook } from '@repo/outbound'
import { z } from 'zod'
import { openSecret } from './endpoint-secret.ts'
import { retryWaitOf } from './retry-wait.ts'

interface DeliveryOptions {
  readonly database: Pick<Database, 'query'>
  readonly encryption: Encryption
  readonly outbound: Pick<Outbound, 'post'>
  readonly clock: () => Date
}

const due = z.object({ deliveryId: z.uuid(), attempt: z.int().min(1) })

type Due = z.infer<typeof due>

interface DueDelivery extends Record<string, unknown> {
  readonly organization_id: string
  readonly endpoint_id: string
  readonly url: string
  readonly event_id: string
  readonly type: string
  readonly data: unknown
  readonly created_at: Date
  /** Encrypted; the newest first. */
  readonly secrets: readonly string[]
}

/** Why an event was not taken. */
export type DeliveryErrorKind = Exclude<OutboundCode, 'aborted'>

interface Ending {
  readonly startedAt: Date
  readonly status: number | null
  readonly error: DeliveryErrorKind | null
  readonly waitSeconds: number | null
}

// An endpoint that takes nothing for so long is disabled.
const failingDays = 5

/**
 * Sends an event to an endpoint, one attempt a job: at least once, under the event's id. How it has ended, what follows
 * from it and the next attempt's job are written down together, once.
 */
export function createWebhookDelivery(options: DeliveryOptions): DeliveryHandler {
  const { database, clock } = options

  async function beginAttempt({ deliveryId, attempt }: Due) {
    const [found] = await database.query<DueDelivery>({
      name: 'webhooks_begin_attempt',
      text: 'SELECT * FROM webhooks.begin_attempt($1, $2)',
      values: [deliveryId, attempt],
    })
    return found
  }

  async function endAttempt({ deliveryId, attempt }: Due, url: string, ending: Ending) {
    const { startedAt, status, error, waitSeconds } = ending
    // The machine's clock can be set back meanwhile.
    const tookMs = Math.max(0, clock().getTime() - startedAt.getTime())
    await database.query({
      name: 'webhooks_end_attempt',
      text: 'SELECT webhooks.end_attempt($1, $2, $3, $4, $5, $6, $7, $8, $9)',
      values: [
        ...[deliveryId, url, attempt, startedAt, tookMs],
        ...[status, error, waitSeconds, failingDays],
      ],
    })
  }

  return {
    queue: 'webhook-delivery',
    concurrency: 16,
    // So that an organization whose endpoints hang leaves room for others.
    concurrencyOfGroup: 4,
    async run({ data }, signal) {
      const job = due.parse(data)
      const delivery = await beginAttempt(job)
      if (!delivery) return
      const startedAt = clock()
      const message = { ...toMessage(delivery, startedAt, options), signal }
      const ending = await options.outbound.post(delivery.url, message).then(
        ({ status }) => ({ status, error: null, waitSeconds: null }),
        (error: unknown) => toEnding(error, job.attempt),
      )
      await endAttempt(job, delivery.url, { startedAt, ...ending })
    },
  }
}

/** The same text on every attempt; its time and its signatures are of the attempt. */
function toMessage(delivery: DueDelivery, time: Date, { encryption }: DeliveryOptions) {
  const { endpoint_id, event_id: id, type, data } = delivery
  const secrets = delivery.secrets.map((sealed) => openSecret(encryption, endpoint_id, sealed))
  const { organization_id: organizationId, created_at } = delivery
  const event = { id, type, createdAt: created_at.toISOString(), organizationId, data }
  const body = JSON.stringify(event)
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Rampart-Webhooks',
    ...signWebhook({ id, time, body, secrets }),
  }
  return { body, headers }
}

/** What a receiver refuses today it may take tomorrow, when it is mended; where nothing may be sent, nothing is. */
function toEnding(error: unknown, attempt: number): Omit<Ending, 'startedAt'> {
  // A worker that stops, and a fault of ours: the same attempt is made again.
  if (!(error instanceof OutboundError) || error.code === 'aborted') throw error
  const { code, status = null, retryAfterSeconds } = error
  const isOver = code === 'refused_url' || code === 'refused_address'
  const waitSeconds = isOver ? null : retryWaitOf(attempt, retryAfterSeconds)
  return { status, error: code, waitSeconds }
}
