import type { Sql } from '@repo/testing'

const uuid = (kind: number, number: number) => `0000000${kind}-0000-7000-8000-00000000000${number}`

/** The same in every database, so that two of them can be compared. */
export const ids = {
  acme: uuid(1, 1),
  globex: uuid(1, 2),
  alice: uuid(2, 1),
  adam: uuid(2, 2),
  bob: uuid(2, 3),
  carol: uuid(2, 4),
  dave: uuid(2, 5),
  erin: uuid(2, 7),
  frank: uuid(2, 8),
} as const

/** Who is a member of what; Carol, Erin and Frank are of both, Dave has left the first. */
const memberships = [
  ['acme', 'alice', 'member', null],
  ['acme', 'adam', 'admin', null],
  ['acme', 'carol', 'viewer', null],
  ['acme', 'dave', 'member', '2026-02-03T00:00:00Z'],
  ['globex', 'bob', 'owner', null],
  ['globex', 'carol', 'member', null],
  ['globex', 'dave', 'admin', null],
  ['acme', 'erin', 'member', null],
  ['acme', 'frank', 'owner', null],
  ['globex', 'erin', 'admin', null],
  ['globex', 'frank', 'viewer', null],
] as const

const rowsEach = 3
const at = '2026-01-02T03:04:05Z'

/** Every model that a person can reach has rows in both tenants. */
export async function fill(sql: Sql): Promise<void> {
  for (const name of ['acme', 'globex'] as const) {
    const text =
      'INSERT INTO organizations (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)'
    await sql.run(text, [ids[name], name, at])
    await sql.run(
      `INSERT INTO custom_roles (id, organization_id, name, permissions, created_at, updated_at)
       SELECT ('00000007-0000-7000-8000-' || lpad(right($1::text, 1) || n::text, 12, '0'))::uuid, $1::uuid, $2 || n,
              '{order:read:own}', $3, $3 FROM generate_series(1, ${rowsEach}) n`,
      [ids[name], name, at],
    )
    await fillWebhooks(sql, ids[name], name)
  }
  for (const name of ['alice', 'adam', 'bob', 'carol', 'dave', 'erin', 'frank'] as const) {
    const text =
      'INSERT INTO users (id, email, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)'
    await sql.run(text, [ids[name], `${name}@world.test`, name, at])
  }
  for (const [index, [tenant, name, role, removedAt]] of memberships.entries()) {
    await sql.run(
      `INSERT INTO memberships (organization_id, user_id, role, created_at, removed_at)
       VALUES ($1, $2, $3::"OrganizationRole", $4, $5)`,
      [ids[tenant], ids[name], role, at, removedAt],
    )
    await own(sql, [ids[tenant], ids[name]], { name, index })
  }
}

/** An endpoint for each event, with a delivery that has been tried once. */
async function fillWebhooks(sql: Sql, tenant: string, name: string): Promise<void> {
  const id = (kind: string) =>
    `('0000000${kind}-0000-7000-8000-' || lpad(right($1::text, 1) || n::text, 12, '0'))::uuid`
  const each = `FROM generate_series(1, ${rowsEach}) n`
  const [endpoint, event, delivery] = [id('8'), id('9'), id('a')]
  await sql.run(
    `INSERT INTO webhook_endpoints (id, organization_id, url, description, events, enabled, created_at, updated_at)
     SELECT ${endpoint}, $1::uuid, 'https://' || $2 || n || '.test/', $2, '{*}', false, $3, $3 ${each}`,
    [tenant, name, at],
  )
  await sql.run(
    `INSERT INTO webhook_events (id, organization_id, type, data, created_at)
     SELECT ${event}, $1::uuid, 'order.created', '{}', $2 ${each}`,
    [tenant, at],
  )
  await sql.run(
    `INSERT INTO webhook_deliveries (id, organization_id, endpoint_id, event_id, type, status, created_at)
     SELECT ${delivery}, $1::uuid, ${endpoint}, ${event}, 'order.created', 'failed', $2 ${each}`,
    [tenant, at],
  )
  await sql.run(
    `INSERT INTO webhook_attempts (delivery_id, number, organization_id, started_at, duration_ms, response_status, error_kind)
     SELECT ${delivery}, 1, $1::uuid, $2, n, 500, 'status' ${each}`,
    [tenant, at],
  )
}

async function own(
  sql: Sql,
  owner: readonly string[],
  { name, index }: { readonly name: string; readonly index: number },
): Promise<void> {
  await sql.run(
    `INSERT INTO orders (organization_id, user_id, status, currency, total_cents, note, created_at, updated_at)
     SELECT $1, $2, (enum_range(NULL::"OrderStatus"))[n], 'EUR', n * 100, $3, $4, $4
       FROM generate_series(1, ${rowsEach}) n`,
    [...owner, name, at],
  )
  await sql.run(
    `INSERT INTO files (id, organization_id, user_id, name, media_type, bytes, sha256, storage_key, created_at, updated_at)
     SELECT ('00000003-0000-7000-8000-' || lpad($4 || n::text, 12, '0'))::uuid, $1, $2, $3, 'image/png', n, repeat('a', 64),
            ('00000004-0000-7000-8000-' || lpad($4 || n::text, 12, '0'))::uuid, $5, $5
       FROM generate_series(1, ${rowsEach}) n`,
    [...owner, name, String(index), at],
  )
  await sql.run(
    `INSERT INTO api_keys (id, organization_id, user_id, name, prefix, permissions, created_at, updated_at, expires_at)
     SELECT ('00000005-0000-7000-8000-' || lpad($4 || n::text, 12, '0'))::uuid, $1, $2, $3, 'rk_' || n, '{order:read:own}', $5, $5, $5
       FROM generate_series(1, ${rowsEach}) n`,
    [...owner, name, String(index), at],
  )
  await sql.run(
    `INSERT INTO invitations (id, organization_id, user_id, email, role, created_at, updated_at, expires_at)
     SELECT ('00000006-0000-7000-8000-' || lpad($4 || n::text, 12, '0'))::uuid, $1, $2, $3 || n || '@world.test', 'viewer', $5, $5, $5
       FROM generate_series(1, ${rowsEach}) n`,
    [...owner, name, String(index), at],
  )
}

/** Everything of the other tenant's becomes something else: changed, gone, and more. */
export async function changeOtherTenant(sql: Sql): Promise<void> {
  const changes = [
    `UPDATE organizations SET name = 'initech', plan = 'business', require_second_factor = true, updated_at = now() WHERE id = '${ids.globex}'`,
    `UPDATE users SET name = 'zoe', email = 'zoe@other.test', disabled_at = now() WHERE id = '${ids.bob}'`,
    `DELETE FROM orders WHERE organization_id = '${ids.globex}' AND total_cents > 100`,
    `UPDATE orders SET note = 'alice', total_cents = total_cents * 7, status = 'paid', currency = 'USD' WHERE organization_id = '${ids.globex}'`,
    `UPDATE files SET name = 'alice', bytes = bytes * 7, status = 'infected' WHERE organization_id = '${ids.globex}'`,
    `DELETE FROM files WHERE organization_id = '${ids.globex}' AND bytes < 20`,
    `DELETE FROM api_keys WHERE organization_id = '${ids.globex}' AND prefix <> 'rk_3'`,
    `UPDATE api_keys SET name = 'alice', permissions = '{}' WHERE organization_id = '${ids.globex}'`,
    `UPDATE invitations SET email = 'x' || email, role = 'owner' WHERE organization_id = '${ids.globex}'`,
    `UPDATE webhook_endpoints SET url = 'https://acme1.test/', description = 'acme', events = '{}' WHERE organization_id = '${ids.globex}'`,
    `UPDATE webhook_attempts SET duration_ms = duration_ms * 7, response_status = 404 WHERE organization_id = '${ids.globex}'`,
    `DELETE FROM webhook_attempts WHERE organization_id = '${ids.globex}' AND duration_ms = 7`,
    `UPDATE webhook_deliveries SET type = 'file.created', status = 'delivered' WHERE organization_id = '${ids.globex}'`,
    `DELETE FROM webhook_endpoints WHERE organization_id = '${ids.globex}' AND id::text LIKE '%3'`,
    `DELETE FROM custom_roles WHERE organization_id = '${ids.globex}' AND name = 'globex1'`,
    `UPDATE custom_roles SET name = 'acme' || name, permissions = '{}' WHERE organization_id = '${ids.globex}'`,
    `UPDATE memberships SET role = 'viewer', created_at = now() WHERE organization_id = '${ids.globex}'`,
    `UPDATE memberships SET removed_at = now() WHERE organization_id = '${ids.globex}' AND user_id <> '${ids.frank}'`,
    `INSERT INTO users (id, email, name) VALUES ('${uuid(2, 6)}', 'new@world.test', 'aaron')`,
    `INSERT INTO memberships (organization_id, user_id, role) VALUES ('${ids.globex}', '${uuid(2, 6)}', 'owner')`,
    `INSERT INTO orders (organization_id, user_id, currency, total_cents, note)
     SELECT '${ids.globex}', '${uuid(2, 6)}', 'EUR', 150, 'alice' FROM generate_series(1, 7)`,
  ]
  for (const change of changes) await sql.run(change)
}
