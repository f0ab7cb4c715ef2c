import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTenants, ordersEach, type Tenants } from '../test/create-tenants.ts'
import { ScopedQuery, scopeStatement } from './scoped-query.ts'

let tenants: Tenants
let client: pg.Client

beforeAll(async () => {
  tenants = await createTenants()
})
afterAll(() => tenants.drop())
beforeEach(async () => {
  client = new pg.Client({ connectionString: tenants.appUrl })
  await client.connect()
})
afterEach(() => client.end())

const currentScope = `SELECT concat_ws(' ', nullif(current_setting('app.user_id', true), ''),
  nullif(current_setting('app.organization_id', true), '')) AS value`
const scopeLeft = async () => (await client.query(currentScope)).rows[0].value || null

function send(config: pg.QueryConfig, named: boolean): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, result: pg.QueryResult) =>
      error ? reject(error) : resolve(result)
    client.query(Object.assign(new ScopedQuery(config, tenants.acme, { named }), { callback }))
  })
}

// The canary for what scoped-query.ts uses of pg beyond its types (docs/seams.md).
test.each(['prepare', 'requiresPreparation', 'handleDataRow', 'handleCommandComplete'])(
  'pg’s Query still has the wire method %s',
  (method) => {
    expect(pg.Query.prototype).toHaveProperty(method, expect.any(Function))
  },
)

describe.each([true, false])('with named statements: %s', (named) => {
  beforeEach(async () => {
    if (named) await client.query({ ...scopeStatement, values: ['', ''] })
  })

  test('the query runs in its scope and gives its own rows alone', async () => {
    const text = 'SELECT DISTINCT note FROM orders WHERE total_cents = $1'
    const result = await send({ text, values: [100] }, named)
    expect(result).toMatchObject({ command: 'SELECT', rowCount: 1, rows: [{ note: 'acme' }] })
    expect(result.fields.map(({ name }) => name)).toEqual(['note'])
  })

  test('a query without values carries its scope too', async () => {
    expect((await send({ text: currentScope }, named)).rows).toEqual([
      { value: `${tenants.acme.userId} ${tenants.acme.organizationId}` },
    ])
  })

  test('a query that returns no rows tells how many it changed', async () => {
    const result = await send({ text: 'UPDATE orders SET total_cents = 100' }, named)
    expect(result).toMatchObject({ command: 'UPDATE', rowCount: ordersEach, rows: [] })
  })

  test('on one connection the setting is gone after success and after an error', async () => {
    await send({ text: currentScope }, named)
    expect(await scopeLeft()).toBeNull()
    await expect(send({ text: 'SELECT 1 / 0' }, named)).rejects.toThrow('division by zero')
    expect(await scopeLeft()).toBeNull()
    await expect(send({ text: 'not SQL' }, named)).rejects.toThrow('syntax error')
    expect(await scopeLeft()).toBeNull()
    expect((await send({ text: currentScope }, named)).rowCount).toBe(1)
  })

  test('a failed write leaves nothing behind', async () => {
    const text = `INSERT INTO orders (organization_id, user_id, currency, total_cents)
      VALUES ($1, $2, 'EUR', $3)`
    const { organizationId, userId } = tenants.acme
    const insert = (cents: number) => send({ text, values: [organizationId, userId, cents] }, named)
    await expect(insert(-1)).rejects.toThrow('orders_total_cents_check')
    expect((await send({ text: 'SELECT FROM orders' }, named)).rowCount).toBe(ordersEach)
  })
})

test('a connection that does not know the named statement refuses the query', async () => {
  await expect(send({ text: currentScope }, true)).rejects.toThrow('does not exist')
  expect((await send({ text: currentScope }, false)).rowCount).toBe(1)
})
