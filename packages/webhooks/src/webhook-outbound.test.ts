import { lookup } from 'node:dns/promises'
import { startDnsServer } from '@repo/outbound/testing'
import { afterEach, expect, test } from 'vitest'
import { createWebhookOutbound } from './webhook-outbound.ts'

type DnsServer = Awaited<ReturnType<typeof startDnsServer>>

let dns: DnsServer

afterEach(() => dns.close())

const post = (host: string) =>
  createWebhookOutbound({ toLoopback: false, nameServers: [dns.server] }).post(`https://${host}/`, {
    body: '',
    headers: {},
  })

test.each(['receiver.test', 'receiver.test.'])(
  '%s is asked for as it is, by no search list',
  async (host) => {
    dns = await startDnsServer([['10.0.0.1']])
    await expect(post(host)).rejects.toMatchObject({ code: 'refused_address' })
    expect(dns.names).toEqual(['receiver.test'])
  },
)

test.each(['intranet', 'localhost', 'db.', 'printer.local'])(
  'nobody is asked for %s',
  async (host) => {
    dns = await startDnsServer([['10.0.0.1']])
    await expect(post(host)).rejects.toMatchObject({ code: 'refused_address' })
    expect(dns.names).toEqual([])
  },
)

test('a name that is none cannot be reached', async () => {
  dns = await startDnsServer([[]])
  await expect(post('nobody.test')).rejects.toMatchObject({
    ...{ code: 'unreachable', reason: 'ENODATA' },
  })
})

test('names whose servers are silent hold up no other look-up of the process', async () => {
  dns = await startDnsServer(null)
  const hanging = Array.from({ length: 24 }, (_, index) => post(`hang-${index}.test`))
  const ends = Promise.allSettled(hanging)
  await expect.poll(() => dns.names.length).toBeGreaterThanOrEqual(24)
  const begun = performance.now()
  await lookup('localhost')
  expect(performance.now() - begun).toBeLessThan(1_000)
  for (const end of await ends) {
    expect(end).toMatchObject({ status: 'rejected', reason: { permanent: false } })
  }
})
