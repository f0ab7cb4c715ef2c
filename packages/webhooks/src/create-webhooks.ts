import { randomUUID } from 'node:crypto'
import type { Database } from '@repo/database'
import type { Encryption } from '@repo/encryption'
import { AppError } from '@repo/errors'
import { type Outbound, OutboundError } from '@repo/outbound'
import { generateEndpointSecret, sealSecret } from './endpoint-secret.ts'

export interface NewEndpoint {
  readonly url: string
  readonly description: string
  readonly events: readonly string[]
  readonly enabled: boolean
}

export interface EndpointOf {
  readonly organizationId: string
  readonly endpointId: string
}

/** Endpoints of organizations; who may do this is for the caller to have decided. */
export interface Webhooks {
  /** Throws `invalid_input` for a URL that can be seen to lead inwards; where a name leads is looked at when it is sent to. */
  requireUrl(url: string): void
  /** Its secret is stored encrypted: this is the one time to show it. Throws as `requireUrl`, and `quota_exceeded`. */
  create(organizationId: string, endpoint: NewEndpoint): Promise<EndpointSecret>
  /**
   * The secret of now signs beside the new one for so many hours, as do those before it for theirs; for 0 none of them
   * does. Throws `conflict` where four are on their way out.
   */
  rotateSecret(endpoint: EndpointOf, overlapHours: number): Promise<RotatedSecret>
  /** Sends a test, or the event of a delivery again under the same id; the new delivery's id. Throws `conflict` for a disabled endpoint. */
  send(endpoint: EndpointOf, deliveryId?: string): Promise<string>
}

export interface EndpointSecret {
  readonly id: string
  readonly secret: string
}

export interface RotatedSecret {
  readonly secret: string
  readonly previousSecretUntil: Date
}

interface WebhooksOptions {
  readonly database: Pick<Database, 'query'>
  readonly encryption: Encryption
  readonly outbound: Pick<Outbound, 'check'>
  readonly clock: () => Date
  /** How many endpoints an organization of each plan may have. */
  readonly endpointsByPlan: Readonly<Record<string, number>>
}

const hourMs = 60 * 60 * 1_000

/** For whoever serves: makes secrets, and reads none. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { encryption, outbound, clock } = options
  const limits = JSON.stringify(options.endpointsByPlan)

  async function ask(name: string, values: readonly unknown[]) {
    const places = values.map((_, index) => `$${index + 1}`).join(', ')
    const text = `SELECT * FROM webhooks.${name}(${places}) AS asked (outcome)`
    const [row] = await options.database.query<Asked>({ name: `webhooks_${name}`, text, values })
    requireDone(row?.outcome)
    return row
  }
  const requireUrl = (url: string) => refuseInward(url, outbound)

  return {
    requireUrl,
    async create(organizationId, { url, description, events, enabled }) {
      requireUrl(url)
      const [id, secret] = [randomUUID(), generateEndpointSecret()]
      const sealed = sealSecret(encryption, id, secret)
      const endpoint = [organizationId, id, url, description, events, enabled]
      await ask('create_endpoint', [...endpoint, sealed, limits, clock()])
      return { id, secret }
    },
    async rotateSecret({ organizationId, endpointId }, overlapHours) {
      const secret = generateEndpointSecret()
      const previousSecretUntil = new Date(clock().getTime() + overlapHours * hourMs)
      const sealed = sealSecret(encryption, endpointId, secret)
      const until = overlapHours === 0 ? null : previousSecretUntil
      await ask('rotate_secret', [organizationId, endpointId, sealed, until])
      return { secret, previousSecretUntil }
    },
    async send({ organizationId, endpointId }, deliveryId) {
      const sent = await ask('send_again', [organizationId, endpointId, deliveryId ?? null])
      return String(sent?.delivery_id)
    },
  }
}

interface Asked extends Record<string, unknown> {
  readonly outcome: string
  readonly delivery_id?: string
}

const conflicts: ReadonlyMap<string | undefined, string> = new Map([
  ['disabled', 'The endpoint is disabled: enable it first.'],
  [
    'too_many_secrets',
    'Four earlier secrets sign still: wait for one to end, or end them all by an overlap of 0 hours.',
  ],
])

function requireDone(outcome: string | undefined): void {
  if (outcome === 'done') return
  if (outcome === 'quota_exceeded') {
    const detail = 'The organization has as many webhook endpoints as its plan allows.'
    throw new AppError('quota_exceeded', { detail })
  }
  const detail = conflicts.get(outcome)
  if (detail !== undefined) throw new AppError('conflict', { detail })
  throw new AppError('not_found')
}

function refuseInward(url: string, outbound: Pick<Outbound, 'check'>): void {
  try {
    outbound.check(url)
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    const detail = 'A webhook goes to a public address, by HTTPS on port 443 or 8443.'
    const field = { pointer: '/url', code: 'not_allowed', detail }
    throw new AppError('invalid_input', { fields: [field], cause: error })
  }
}
