import { startReceiver } from '@repo/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startWorker } from './start-worker.ts'
import { useWebhooks } from './use-webhooks.ts'
import { type Person, useWorkerDatabase } from './use-worker-database.ts'

vi.setConfig({ testTimeout: 90_000 })
const database = useWorkerDatabase()
const webhooks = useWebhooks(database)
const patient = { timeout: 60_000 }
let receiver: Awaited<ReturnType<typeof startReceiver>>
let person: Person

beforeAll(async () => {
  receiver = await startReceiver()
  person = await database.createPerson()
})
afterAll(() => receiver?.close())

/** Endpoints whose URLs no registration would take, or that lead elsewhere by now; their ids. */
async function createPast(urls: readonly string[]): Promise<readonly string[]> {
  await database.owner.run('DELETE FROM webhook_endpoints')
  const made = urls.map(async (url) => {
    const { id } = await webhooks.create(person, 'https://receiver.test/')
    await database.owner.run('UPDATE webhook_endpoints SET url = $2 WHERE id = $1', [id, url])
    return id
  })
  return Promise.all(made)
}

const errorsOf = async (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await webhooks.attempts(id)).map((one) => one['error_kind'])))

// Each is this machine, a private network, or what a cloud tells its machines.
const hosts = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '017700000001', '[::1]', 'localhost'],
  ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '0.0.0.0', '169.254.169.254', '2852039166'],
  ...['10.0.0.1', '192.168.0.1', '172.16.0.1', '[fd00::1]', '[fe80::1]'],
]

test('nothing is sent inwards, though an operator lets their own receivers in; to where it may go it is', async () => {
  const { port } = receiver
  const refused = await startWorker(database, { OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8,::1' })
  for (const scheme of ['http', 'https']) {
    const urls = hosts.map((host) => `${scheme}://${host}:${port}/hook`)
    const ids = await createPast([...urls, `${scheme}://public.test@127.0.0.1:${port}/`])
    await webhooks.createOrder(person)
    await expect
      .poll(() => errorsOf(ids), patient)
      .toEqual([...urls.map(() => ['refused_address']), ['refused_url']])
    for (const id of ids) {
      expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'failed' }])
    }
  }
  expect(receiver.countConnections()).toBe(0)
  await refused.close()

  const [id = ''] = await createPast([`http://127.0.0.1:${port}/hook`])
  const allowed = await startWorker(database, { WEBHOOKS_TO_LOOPBACK: 'true' })
  await webhooks.createOrder(person)
  await expect.poll(() => errorsOf([id]), patient).toEqual([[null]])
  expect(receiver.countConnections()).toBe(1)
  await allowed.close()
})
