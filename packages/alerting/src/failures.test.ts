import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { createOutbound } from '@repo/outbound'
import { type Received, startReceiver } from '@repo/testing'
import { afterEach, describe, expect, test } from 'vitest'
import {
  alert,
  channelsOf,
  createBench,
  deliver,
  routingKey,
  slackPath,
  webhookSecret,
} from '../test/test-bench.ts'
import { DeliveryFailed } from './delivery-failed.ts'

const bench = createBench()
afterEach(bench.close)

const address = 'alice-c4n4ry@acme.test'
const tokens = ['h00kT0k3n', 'sL4cKs3cr3tPaTh', routingKey, webhookSecret, webhookSecret.slice(6)]
const email = { to: [address] }

/** Every channel that speaks HTTP, to one receiver. */
const httpChannelsTo = (url: string) => ({
  webhook: { url: `${url}/hooks/h00kT0k3n`, secrets: [webhookSecret] },
  slack: { url: `${url}${slackPath}` },
  pagerduty: { url: `${url}/v2/enqueue`, routingKey },
})

function expectNoSecret(failures: readonly (DeliveryFailed | undefined)[]) {
  expect(failures.length).toBeGreaterThan(0)
  for (const failure of failures) {
    expect(failure).toBeInstanceOf(DeliveryFailed)
    const printed = [
      inspect(failure, { depth: 9, showHidden: true }),
      JSON.stringify(failure),
      failure?.stack,
      String(failure?.cause),
    ].join()
    expect(printed).toContain(failure?.channel)
    for (const secret of [...tokens, address]) expect(printed).not.toContain(secret)
  }
}

/** As proxies and filters do: the answer quotes the request. */
const echo =
  (status: number, headers = {}) =>
  (response: ServerResponse, { body, path }: Received) =>
    response.writeHead(status, headers).end(`${path} ${body}`)

describe('over HTTP', () => {
  test.each([
    [400, true],
    [401, true],
    [403, true],
    [404, true],
    [410, true],
    [408, false],
    [429, false],
    [500, false],
    [503, false],
  ])('a receiver that answers %d refuses for good: %s', async (status, permanent) => {
    const { url } = await bench.receiver({ answer: echo(status) })
    const failures = await deliver(httpChannelsTo(url))
    const expected = { permanent, code: 'status', message: `The receiver answered ${status}.` }
    expect(failures).toMatchObject([
      { channel: 'webhook', ...expected },
      { channel: 'slack', ...expected },
      { channel: 'pagerduty', ...expected },
    ])
    expectNoSecret(failures)
  })

  test('a receiver that is too busy says for how long', async () => {
    const { url } = await bench.receiver({ answer: echo(429, { 'retry-after': '30' }) })
    const failures = await deliver(httpChannelsTo(url))
    const wait = { permanent: false, retryAfterSeconds: 30 }
    expect(failures).toMatchObject([wait, wait, wait])
  })

  test('a receiver that was killed is tried again, and served once it is back', async () => {
    const receiver = await startReceiver()
    const channels = httpChannelsTo(`http://127.0.0.1:${receiver.port}`)
    await receiver.close()
    const failures = await deliver(channels)
    const expected = { permanent: false, code: 'unreachable ECONNREFUSED' }
    expect(failures).toMatchObject([expected, expected, expected])
    expectNoSecret(failures)
    const { received } = await bench.receiver({ port: receiver.port })
    expect(await deliver(channels)).toEqual([undefined, undefined, undefined])
    expect(received).toHaveLength(3)
  })

  test('a receiver that is slow is left, and tried again', async () => {
    const { url, received } = await bench.receiver({ answer: () => {} })
    const failures = await deliver({ ...httpChannelsTo(url), headersTimeoutMs: 2_000 })
    const expected = { permanent: false, code: 'timeout' }
    expect(failures).toMatchObject([expected, expected, expected])
    expectNoSecret(failures)
    expect(received).toHaveLength(3)
  })

  test('a redirect, to this machine too, is not followed', async () => {
    const inside = await bench.receiver()
    const { url } = await bench.receiver({ answer: echo(307, { location: inside.url }) })
    const failures = await deliver(httpChannelsTo(url))
    const expected = { permanent: true, message: 'The receiver answered 307.' }
    expect(failures).toMatchObject([expected, expected, expected])
    expectNoSecret(failures)
    expect(inside.countConnections()).toBe(0)
  })

  test('a receiver on a network that is not allowed is not connected to', async () => {
    const { url, countConnections } = await bench.receiver()
    const failures = await deliver({ ...httpChannelsTo(url), outbound: createOutbound() })
    const expected = { permanent: true, code: 'refused_address' }
    expect(failures).toMatchObject([expected, expected, expected])
    expectNoSecret(failures)
    expect(countConnections()).toBe(0)
    expect(await deliver(httpChannelsTo(url))).toEqual([undefined, undefined, undefined])
  })

  test('a URL that is none is not told', async () => {
    const failures = await deliver({
      slack: { url: `https://h00kT0k3n:pw@hooks.test${slackPath}` },
      webhook: { url: 'h00kT0k3n', secrets: [webhookSecret] },
    })
    expect(failures).toMatchObject(Array(2).fill({ permanent: true, code: 'refused_url' }))
    expectNoSecret(failures)
  })
})

describe('by mail', () => {
  test.each([
    [550, true],
    [421, false],
    [451, false],
  ])('a server that answers %d refuses for good: %s', async (status, permanent) => {
    const { sendMail, offered, mails } = await bench.mailServer({ reply: () => status })
    const failures = await deliver({ sendMail, email })
    expect(failures).toMatchObject([
      { channel: 'email', permanent, message: 'The mail server did not take it.' },
    ])
    expectNoSecret(failures)
    expect([offered.length, mails.length]).toEqual([1, 0])
  })

  test('a server that is not there is tried again', async () => {
    const server = await bench.mailServer()
    await server.close()
    const failures = await deliver({ sendMail: server.sendMail, email })
    expect(failures).toMatchObject([{ permanent: false, code: 'ESOCKET' }])
    expectNoSecret(failures)
  })
})

test('the caller can give up', async () => {
  const controller = new AbortController()
  const { url } = await bench.receiver({ answer: () => controller.abort() })
  const [channel] = channelsOf({ slack: { url } })
  await expect(channel?.deliver(alert, controller.signal)).rejects.toMatchObject({
    permanent: false,
    code: 'aborted',
  })
})

test('an id that is none is a bug, and goes nowhere', async () => {
  const { url, countConnections } = await bench.receiver()
  for (const id of ['', 'a.b', 'a b', '../a', 'a\r\nb', 'x'.repeat(129)]) {
    const attempts = channelsOf(httpChannelsTo(url)).map(({ deliver: send }) =>
      send({ ...alert, id }, new AbortController().signal),
    )
    for (const attempt of attempts) await expect(attempt).rejects.toThrow("An alert's id is no id.")
  }
  expect(countConnections()).toBe(0)
})

test('channels are those that are configured, and print no secret', async () => {
  expect(channelsOf({})).toEqual([])
  const channels = channelsOf({ ...httpChannelsTo('https://hooks.test'), email })
  expect(channels.map(({ name }) => name)).toEqual(['webhook', 'slack', 'pagerduty', 'email'])
  const printed = `${inspect(channels, { depth: 9, showHidden: true })}${JSON.stringify(channels)}`
  for (const secret of [...tokens, address]) expect(printed).not.toContain(secret)
})
