import { diffSchemas } from '@repo/database/migrations'
import { expect, test } from 'vitest'
import { guardNewTables } from './guard-new-tables.ts'

const order = `
model Order {
  id             BigInt @id @default(autoincrement())
  organizationId String @map("organization_id") @db.Uuid
  @@map("orders")
}
model Membership {
  id Int @id @default(autoincrement())
  @@map("memberships")
}`
const stray = 'model Stray {\n  id Int @id\n}'
const datasource = 'datasource db {\n  provider = "postgresql"\n}\n'

const guardsOf = async (...models: readonly string[]) =>
  guardNewTables(await diffSchemas(null, [datasource, ...models].join('\n')))

test('a new table of a tenant gets its tenant’s policy, the four grants and its sequence', async () => {
  expect(await guardsOf(order)).toContain(`
-- Whose the rows of "orders" are: Order in owned-models.
ALTER TABLE "orders" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON "orders" TO rampart_app;
GRANT USAGE ON SEQUENCE "orders_id_seq" TO rampart_app;
CREATE POLICY tenant ON "orders" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));
CREATE POLICY owner_migrates ON "orders" TO rampart_owner USING (true) WITH CHECK (true);
`)
})

test('what the list states takes the place of what follows', async () => {
  const sql = await guardsOf(order)
  expect(sql).toContain('GRANT SELECT ON "memberships" TO rampart_app;')
  expect(sql).toContain('CREATE POLICY tenant ON "memberships" FOR SELECT TO rampart_app')
  expect(sql).not.toContain('memberships_id_seq')
})

test('a closed table is closed to the serving role', async () => {
  const sql = await guardsOf('model Password {\n  id Int @id\n  @@map("passwords")\n}')
  expect(sql).toContain('ALTER TABLE "passwords" ENABLE ROW LEVEL SECURITY, FORCE')
  expect(sql).not.toContain('rampart_app')
})

test('tables of no listed model are refused, all of them named', async () => {
  const other = stray.replace('Stray', 'Other')
  await expect(guardsOf(order, stray, other)).rejects.toThrow('the rows of Stray, Other are')
})

test('a change that makes no table needs no guard', () => {
  expect(guardNewTables('ALTER TABLE "orders" ADD COLUMN "x" INT;')).toBe('')
})
