import { findBreakingSteps } from '@repo/migrations'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person, World } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { startBeside, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

/** What the migration of a next version may do while this one serves. */
const expansion = `
CREATE TYPE "Priority" AS ENUM ('low', 'high');
ALTER TABLE "orders" ADD COLUMN "remark" text;
ALTER TABLE "orders" ADD COLUMN "priority" "Priority" NOT NULL DEFAULT 'low';
-- contract: no version before this one writes the column
ALTER TABLE "orders" ADD CONSTRAINT "orders_remark_short" CHECK (length("remark") < 1000) NOT VALID;
CREATE TABLE "order_lines" (
  "id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "order_id" integer NOT NULL REFERENCES "orders" ("id") ON DELETE CASCADE
);
CREATE INDEX "order_lines_order_id_idx" ON "order_lines" ("order_id");
ALTER TABLE "order_lines" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "order_lines" USING (EXISTS (SELECT FROM "orders" WHERE "orders"."id" = "order_id"));
GRANT SELECT, INSERT, UPDATE, DELETE ON "order_lines" TO rampart_app;
ALTER TABLE "users" ADD COLUMN "nickname" text;
GRANT UPDATE ("nickname") ON "users" TO rampart_app;
`
/** What only the version after that may do. */
const contraction = 'ALTER TABLE "orders" DROP COLUMN "currency";'

let api: TestApi
let world: World
let person: Person
/** The same version, started over the newer schema. */
let restarted: TestApi

useWorld(async (made) => {
  ;({ api, world } = made)
  person = await world.createPerson()
})
beforeAll(async () => {
  await world.createOrder(person)
  await world.sql.run(expansion)
  restarted = await startBeside(api)
})
afterAll(() => restarted?.close())

/** What a client does with orders, by the statuses. */
async function useOrders({ url }: TestApi): Promise<readonly number[]> {
  const { cookie } = person
  const orders = `${url}/api/users/${person.id}/orders`
  const body = { currency: 'EUR', totalCents: 1 }
  const made = await request(orders, { method: 'POST', cookie, body })
  const one = `${url}/api/orders/${String(made.body?.['id'])}`
  const read = await request(one, { cookie })
  const etag = read.headers.get('etag') ?? ''
  const changed = await request(one, {
    method: 'PATCH',
    cookie,
    body: { totalCents: 2 },
    headers: { 'if-match': etag },
  })
  const listed = await request(orders, { cookie })
  const session = await request(`${url}/api/auth/session`, { cookie })
  const removed = await request(one, { method: 'DELETE', cookie })
  return [made, read, changed, listed, session, removed].map(({ status }) => status)
}

test('this version serves over the schema of the next: one that ran, and one that is started', async () => {
  expect(await findBreakingSteps(expansion)).toEqual([])
  const served = [201, 200, 200, 200, 200, 204]
  expect(await useOrders(api)).toEqual(served)
  expect(await useOrders(restarted)).toEqual(served)
})

test('what the check of migrations refuses would stop it', async () => {
  expect(await findBreakingSteps(contraction)).toEqual([expect.stringContaining('drops a column')])
  await world.sql.run(contraction)
  const [made, , , listed] = await useOrders(api)
  expect([made, listed]).toEqual([500, 500])
})
