import type { World } from './create-world.ts'

/** The walks make many: all of an organization's give way but the newest, which others may be making right now. */
export async function freeEndpoints({ sql }: World, organizationId: string): Promise<void> {
  await sql.run(
    `DELETE FROM webhook_endpoints WHERE id IN (
       SELECT id FROM webhook_endpoints WHERE organization_id = $1
        ORDER BY created_at DESC OFFSET 2)`,
    [organizationId],
  )
}

/** An endpoint past the plan's bound, that wants nothing that happens; its id. */
export async function createEndpoint({ sql }: World, organizationId: string): Promise<string> {
  const id = crypto.randomUUID()
  const limits = { standard: 1_000_000, business: 1_000_000 }
  await sql.run(
    `SELECT webhooks.create_endpoint($1, $2, 'https://receiver.test/', '', '{}', true, 'sealed', $3, now())`,
    [organizationId, id, limits],
  )
  return id
}
