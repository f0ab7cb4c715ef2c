import { AppError } from '@repo/errors'
import type { ScopedDatabase } from '@repo/ownership'
import type { EndpointOf, NewEndpoint, Webhooks } from '@repo/webhooks'
import type { Guards } from './context.ts'

interface Tenant extends Pick<Guards, 'recordChange'> {
  readonly db: ScopedDatabase
  readonly webhooks: Webhooks
  readonly organizationId: string
}

/** An endpoint, by the names of a call's input. */
interface Named {
  readonly organizationId: string
  readonly webhookId: string
}

interface Page {
  readonly after: string | undefined
  readonly take: number
}

/** Where events go and whether they do, for the audit log: the rest of a URL may be a secret. */
const standingOf = ({ url, enabled }: { readonly url: string; readonly enabled: boolean }) => ({
  host: new URL(url).host,
  enabled,
})

const attempts = { include: { attempts: { orderBy: { number: 'asc' } } } } as const

/** The webhooks of the organization a person acts in; each throws `not_found` for what is not of it. */
export function openWebhookKeeper({ db, webhooks, organizationId: own, recordChange }: Tenant) {
  const whereOf = ({ organizationId, webhookId }: Named) => ({ id: webhookId, organizationId })
  const find = (named: Named) => db.webhookEndpoint.findFirstOrThrow({ where: whereOf(named) })
  /** Of an endpoint that is there: what was sent to one is kept for longer. */
  async function findDelivery(named: Named, id: string) {
    const { id: endpointId, organizationId } = await find(named)
    const where = { id, endpointId, organizationId }
    return db.webhookDelivery.findFirstOrThrow({ where, ...attempts })
  }

  /** By the found one's own names, whatever was asked for. */
  const endpointOf = ({ id, organizationId }: { id: string; organizationId: string }) =>
    ({ endpointId: id, organizationId }) satisfies EndpointOf

  return {
    find,
    async list(organizationId: string, { after, take }: Page) {
      await db.organization.findFirstOrThrow({ where: { id: organizationId } })
      const where = { organizationId, ...(after !== undefined && { id: { gt: after } }) }
      return db.webhookEndpoint.findMany({ where, orderBy: { id: 'asc' }, take })
    },
    async create(organizationId: string, endpoint: NewEndpoint) {
      if (organizationId !== own) throw new AppError('not_found')
      const { id, secret } = await webhooks.create(organizationId, endpoint)
      recordChange({ before: null, after: standingOf(endpoint) })
      return { ...(await find({ organizationId, webhookId: id })), secret }
    },
    /** Enabled again, it has its 5 days again. */
    async update(named: Named, { events, ...change }: Partial<NewEndpoint>) {
      if (change.url !== undefined) webhooks.requireUrl(change.url)
      const renewed = change.enabled && { disabledReason: null, failingSince: null }
      const data = { ...change, ...renewed, ...(events && { events: [...events] }) }
      const before = await find(named)
      const after = await db.webhookEndpoint.update({ where: whereOf(named), data })
      recordChange({ before: standingOf(before), after: standingOf(after) })
      return after
    },
    async delete(named: Named) {
      const before = await db.webhookEndpoint.delete({ where: whereOf(named) })
      recordChange({ before: standingOf(before), after: null })
    },
    async rotateSecret(named: Named, overlapHours: number) {
      // A change, so that only who may change the endpoint reaches it.
      const data = { updatedAt: new Date() }
      const endpoint = await db.webhookEndpoint.update({ where: whereOf(named), data })
      return { ...endpoint, ...(await webhooks.rotateSecret(endpointOf(endpoint), overlapHours)) }
    },
    async test(named: Named) {
      return findDelivery(named, await webhooks.send(endpointOf(await find(named))))
    },
    async replay(named: Named, deliveryId: string) {
      const { id } = await findDelivery(named, deliveryId)
      return findDelivery(named, await webhooks.send(endpointOf(await find(named)), id))
    },
    findDelivery,
    /** Newest first. */
    async listDeliveries(named: Named, { after, take }: Page) {
      const { id: endpointId, organizationId } = await find(named)
      const where = {
        endpointId,
        organizationId,
        ...(after !== undefined && { id: { lt: after } }),
      }
      const page = { where, orderBy: { id: 'desc' }, take } as const
      return db.webhookDelivery.findMany({ ...page, ...attempts })
    },
  }
}
