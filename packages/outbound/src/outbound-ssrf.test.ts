import { afterEach, describe, expect, test } from 'vitest'
import { createBench, loopback, post } from '../test/test-bench.ts'
import { createAddressGuard } from './address-guard.ts'
import { findAddresses } from './find-addresses.ts'
import { readTarget } from './read-target.ts'

const bench = createBench()
afterEach(bench.close)

// Each is this machine: as the URL standard reads it, or as the machine resolves it.
const spellings = [
  ...['127.0.0.1', '127.0.0.1.', '127.1', '127.0.1', '2130706433', '017700000001', '0x7f000001'],
  ...['0177.0.0.1', '0x7f.0x0.0x0.0x1', '0x7f.1', '00000177.0.0.0x1', '%31%32%37.0.0.1'],
  ...['①②⑦.⓪.⓪.①', '127。0。0。1', '１２７.0.0.1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
  ...['[0:0:0:0:0:ffff:7f00:0001]', 'localhost', 'LOCALHOST', 'ⓛocalhost'],
]

describe('a receiver on this machine', () => {
  test.each(spellings)('is not reached as %s', async (host) => {
    const receiver = await bench.receiver()
    const { port } = receiver
    for (const url of [`http://${host}:${port}/`, `https://${host}:${port}/`]) {
      expect(await post(url)).toMatchObject({ code: 'refused_address', permanent: true })
      expect(await post(url, { allowedNetworks: ['10.0.0.0/8'] })).toMatchObject({
        code: 'refused_address',
      })
    }
    expect(receiver.countConnections()).toBe(0)
    expect(await post(`http://${host}:${port}/`, { allowedNetworks: loopback })).toBe(204)
    expect(receiver.countConnections()).toBe(1)
  })
})

test.each([
  ...['https://169.254.169.254/latest/meta-data/', 'https://[::ffff:169.254.169.254]/'],
  ...[
    'https://2852039166/',
    'https://0xa9fea9fe/',
    'https://0/',
    'https://0.0.0.0/',
    'https://[::]/',
  ],
  ...['https://10.0.0.1/', 'https://172.16.0.1/', 'https://192.168.0.1/', 'https://100.64.0.1/'],
  ...['https://[fd00::1]/', 'https://[fe80::1]/', 'https://[::1]/', 'https://[::127.0.0.1]/'],
  ...['https://[64:ff9b::7f00:1]/', 'https://[2002:7f00:1::]/', 'https://[2001:0:7f00:1::]/'],
  ...['https://224.0.0.1/', 'https://255.255.255.255/', 'https://[ff02::1]/'],
])('%s is refused before anything is connected to', async (url) => {
  expect(await post(url)).toMatchObject({ code: 'refused_address', permanent: true })
})

test.each([
  ...[
    'https://user@receiver.test/',
    'https://user:pass@receiver.test/',
    'https://:x@receiver.test/',
  ],
  ...['https://public.test@127.0.0.1/', 'https://public.test&@127.0.0.1/', 'http:\\\\a@127.0.0.1'],
  ...['ftp://receiver.test/', 'file:///etc/passwd', 'data:text/plain,x', 'gopher://receiver.test/'],
  ...['javascript:0', 'ws://receiver.test/', '//receiver.test/', '/path', 'receiver.test', '', ' '],
  ...['https://', 'https://256.256.256.256/', 'https://0x100000000/', 'https://[fe80::1%25lo]/'],
  ...['https://[::1', 'https://a.test:99999/', 'https://127.0.0.1%00.a.test/', 'https://a b.test/'],
  `https://receiver.test/${'x'.repeat(2_048)}`,
])('%j is no URL to send to, and no name is asked for', async (url) => {
  let asked = 0
  const resolve = async () => {
    asked += 1
    return ['127.0.0.1']
  }
  const options = { resolve, allowedNetworks: loopback }
  expect(await post(url, options)).toMatchObject({ code: 'refused_url', permanent: true })
  expect(asked).toBe(0)
  const { port } = await bench.receiver()
  expect(await post(`http://receiver.test:${port}/`, options)).toBe(204)
})

describe('public receivers', () => {
  const rules = { guard: createAddressGuard([]), resolve: async () => ['192.31.196.1'] }
  const find = (url: string, allowedPorts: readonly number[]) =>
    findAddresses(readTarget(url), { ...rules, allowedPorts })

  test.each([
    ...['http://receiver.test/', 'http://receiver.test:443/', 'https://receiver.test:22/'],
    ...['https://receiver.test:6379/', 'https://receiver.test:80/', 'https://receiver.test:25/'],
  ])('%s is refused: HTTPS, and its ports, alone', async (url) => {
    const { resolve } = rules
    expect(await post(url, { resolve })).toMatchObject({ code: 'refused_url', permanent: true })
    await expect(find(url, [443])).rejects.toMatchObject({ code: 'refused_url' })
  })

  test('HTTPS on a port that is allowed is let through', async () => {
    expect(await find('https://receiver.test/', [443])).toEqual(['192.31.196.1'])
    expect(await find('https://receiver.test:9443/', [9_443])).toEqual(['192.31.196.1'])
    expect(await find('https://8.8.8.8/', [443])).toEqual(['8.8.8.8'])
    expect(await find('https://[2606:4700::1111]/', [443])).toEqual(['2606:4700::1111'])
  })
})

describe('names', () => {
  const allowedNetworks = ['127.0.0.1/32']

  test('a name is asked for once, and what was checked is what is connected to', async () => {
    const receiver = await bench.receiver()
    const names = await bench.names(['127.0.0.1'], ['169.254.169.254'])
    const options = { allowedNetworks, resolve: names.resolve }
    expect(await post(`http://rebind.test:${receiver.port}/`, options)).toBe(204)
    expect(names.countQueries()).toBe(1)
    expect(receiver.received).toMatchObject([{ headers: { host: `rebind.test:${receiver.port}` } }])
    expect(await post(`http://rebind.test:${receiver.port}/`, options)).toMatchObject({
      code: 'refused_address',
    })
    expect(receiver.countConnections()).toBe(1)
  })

  test('the same where Node tries one address alone', async () => {
    const { getDefaultAutoSelectFamily, setDefaultAutoSelectFamily } = await import('node:net')
    const before = getDefaultAutoSelectFamily()
    const receiver = await bench.receiver()
    const names = await bench.names(['127.0.0.1'])
    setDefaultAutoSelectFamily(false)
    try {
      const options = { allowedNetworks, resolve: names.resolve }
      expect(await post(`http://rebind.test:${receiver.port}/`, options)).toBe(204)
    } finally {
      setDefaultAutoSelectFamily(before)
    }
  })

  test.each([
    [['127.0.0.1', '10.0.0.1']],
    [['10.0.0.1', '127.0.0.1']],
    [['127.0.0.1', '8.8.8.8', '::1']],
  ])('a name that is %j is refused whole for the one that is not allowed', async (addresses) => {
    const receiver = await bench.receiver()
    const options = { allowedNetworks, resolve: async () => addresses }
    const url = `http://mixed.test:${receiver.port}/`
    expect(await post(url, options)).toMatchObject({ code: 'refused_address' })
    expect(receiver.countConnections()).toBe(0)
    expect(await post(url, { ...options, resolve: async () => ['127.0.0.1'] })).toBe(204)
  })

  test('plain HTTP is refused where one address is public', async () => {
    const resolve = async () => ['127.0.0.1', '8.8.8.8']
    const outcome = await post('http://mixed.test/', { allowedNetworks, resolve })
    expect(outcome).toMatchObject({ code: 'refused_url' })
  })

  test('a name that is nobody is tried again later', async () => {
    const names = await bench.names([])
    const outcome = await post('https://nobody.test/', { resolve: names.resolve })
    expect(outcome).toMatchObject({ code: 'unreachable', permanent: false, reason: 'ENODATA' })
    expect(await post('https://nobody.test/', { resolve: async () => [] })).toMatchObject({
      code: 'unreachable',
    })
    // By the machine's own resolver, which may take its time to say so.
    expect(await post('https://nobody.invalid/')).toMatchObject({
      code: expect.stringMatching(/^(unreachable|timeout)$/),
      permanent: false,
    })
  })

  test('a look-up that hangs ends with the clock', async () => {
    const resolve = () => new Promise<never>(() => {})
    const outcome = await post('https://slow.test/', { resolve, connectTimeoutMs: 50 })
    expect(outcome).toMatchObject({ code: 'timeout', permanent: false })
  })
})

test.each([301, 302, 303, 307, 308])('a redirect by %d is not followed', async (status) => {
  const inside = await bench.receiver()
  const location = `http://127.0.0.1:${inside.port}/`
  const receiver = await bench.receiver({
    answer: (response) => response.writeHead(status, { location }).end(),
  })
  const outcome = await post(`http://127.0.0.1:${receiver.port}/`, { allowedNetworks: loopback })
  expect(outcome).toMatchObject({ code: 'status', status, permanent: true })
  expect(receiver.countConnections()).toBe(1)
  expect(inside.countConnections()).toBe(0)
  expect(await post(location, { allowedNetworks: loopback })).toBe(204)
})
