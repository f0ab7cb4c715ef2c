import { type Database, openDatabase } from '@repo/database'
import { createEncryption } from '@repo/encryption'
import type { Received } from '@repo/testing'
import {
  createWebhookOutbound,
  createWebhooks,
  type EndpointOf,
  type NewEndpoint,
  type Webhooks,
} from '@repo/webhooks'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll } from 'vitest'
import type { Person, useWorkerDatabase } from './use-worker-database.ts'

/** The service that makes endpoints, as whoever serves has it, and what looks at them past it. */
export function useWebhooks(database: ReturnType<typeof useWorkerDatabase>) {
  let serving: Database
  let webhooks: Webhooks
  beforeAll(() => {
    const [id = '', key = ''] = database.encryptionKeys.split(':')
    serving = openDatabase({ url: database.urls.appUrl })
    webhooks = createWebhooks({
      database: serving,
      encryption: createEncryption([{ id, key: Buffer.from(key, 'base64') }]),
      outbound: createWebhookOutbound({ toLoopback: true }),
      clock: () => new Date(),
      endpointsByPlan: { standard: 20 },
    })
  })
  afterAll(() => serving?.close())
  return {
    get service() {
      return webhooks
    },
    /** One that wants everything, unless it is said. */
    create: ({ organizationId }: Person, url: string, endpoint: Partial<NewEndpoint> = {}) =>
      webhooks.create(organizationId, {
        ...{ url, description: '', events: ['*'], enabled: true },
        ...endpoint,
      }),
    rotate: (endpoint: EndpointOf, hours: number) => webhooks.rotateSecret(endpoint, hours),
    /** What happens: an order, as its transaction writes it; its id. */
    async createOrder({ userId, organizationId }: Person, note = 'n'): Promise<number> {
      const [row] = await database.owner.run(
        `INSERT INTO orders (organization_id, user_id, currency, total_cents, note)
         VALUES ($1, $2, 'EUR', 100, $3) RETURNING id`,
        [organizationId, userId, note],
      )
      return Number(row?.['id'])
    },
    deliveries: (endpointId: string) =>
      database.owner.run(
        `SELECT id, event_id, status::text, next_attempt_at, created_at FROM webhook_deliveries
          WHERE endpoint_id = $1 ORDER BY id`,
        [endpointId],
      ),
    attempts: (endpointId: string) =>
      database.owner.run(
        `SELECT a.number, a.response_status, a.error_kind FROM webhook_attempts a
           JOIN webhook_deliveries d ON d.id = a.delivery_id
          WHERE d.endpoint_id = $1 ORDER BY d.id, a.number`,
        [endpointId],
      ),
    endpoint: async (id: string) => {
      const [row] = await database.owner.run(
        'SELECT enabled, disabled_reason::text, failing_since FROM webhook_endpoints WHERE id = $1',
        [id],
      )
      return row
    },
    /** What waits, for another attempt or to be told, is due. */
    hurry: () =>
      database.owner.run(
        `UPDATE pgboss.job SET start_after = now() WHERE name LIKE 'webhook-%' AND state < 'active'`,
      ),
  }
}

/** Verifies by another's library; throws where it is not signed, or not of now. */
export const verify = ({ body, headers }: Received, secret: string) =>
  // Node has each of these headers once.
  new Webhook(secret).verify(body, headers as Record<string, string>)
