import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { readPublished } from './published-networks.ts'

const v4 = ['104.16.0.0/13', '172.64.0.0/13']
const v6 = ['2400:cb00::/32']
const before = { cloudflare: [...v4, ...v6], aws: ['130.176.0.0/18', '2600:9000:1000::/36'] }
const amazon = (ip_prefix = '130.176.0.0/18') => ({
  prefixes: [
    { service: 'CLOUDFRONT_ORIGIN_FACING', ip_prefix },
    { service: 'EC2', ip_prefix: '3.0.0.0/9' },
  ],
  ipv6_prefixes: [
    { service: 'CLOUDFRONT_ORIGIN_FACING', ipv6_prefix: '2600:9000:1000::/36' },
    { service: 'S3', ipv6_prefix: '2600:1f00::/24' },
  ],
})

const published = {
  '/ips-v4': `${v4.join('\n')}\n`,
  '/ips-v6': v6.join('\n'),
  '/ip-ranges.json': JSON.stringify(amazon()),
}

let server: Server | undefined

afterEach(async () => {
  server?.close()
  if (server?.listening) await once(server, 'close')
})

/** The lists as a server on this machine publishes them. */
async function refresh(pages: Readonly<Record<string, string>>, status = 200) {
  const publisher = createServer((request, response) => {
    response.writeHead(status, { connection: 'close', location: '/ips-v4' })
    response.end(pages[request.url ?? ''])
  }).listen(0, '127.0.0.1')
  server = publisher
  await once(publisher, 'listening')
  const address = publisher.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const cloudflare = [`${url}/ips-v4`, `${url}/ips-v6`]
  return readPublished({ cloudflare, aws: `${url}/ip-ranges.json` }, before)
}

it('reads what is published, and of Amazon only what speaks to origins', async () => {
  expect(await refresh(published)).toEqual(before)
  const more = { ...published, '/ips-v4': `${v4.join('\n')}\n131.0.72.0/22\n` }
  expect((await refresh(more)).cloudflare).toEqual([...v4, '131.0.72.0/22', ...v6])
})

it.each([
  ['everybody', { '/ips-v4': `${published['/ips-v4']}0.0.0.0/0\n` }, 'no such network'],
  ['half of everybody', { '/ips-v4': `${published['/ips-v4']}128.0.0.0/1\n` }, 'no such network'],
  ['this machine', { '/ips-v4': `${published['/ips-v4']}127.0.0.0/16\n` }, 'no such network'],
  ['private networks', { '/ips-v6': `${v6}\nfc00::/32\n` }, 'no such network'],
  ['a page', { '/ips-v6': '<!doctype html>' }, 'no such network'],
  [
    'everybody, of Amazon',
    { '/ip-ranges.json': JSON.stringify(amazon('0.0.0.0/0')) },
    'no such network',
  ],
  ['next to nothing', { '/ips-v4': '131.0.72.0/22' }, 'less than half'],
  ['nothing', { '/ips-v4': '', '/ips-v6': '' }, 'less than half'],
  ['no service', { '/ip-ranges.json': '{"prefixes":[],"ipv6_prefixes":[]}' }, 'less than half'],
  ['another form', { '/ip-ranges.json': '{"prefixes":{}}' }, 'expected array'],
])('a list of %s is refused', async (_name, pages, reason) => {
  await expect(refresh({ ...published, ...pages })).rejects.toThrow(reason)
})

it.each([500, 404, 302])('an answer %i is no list', async (status) => {
  await expect(refresh(published, status)).rejects.toThrow()
})
