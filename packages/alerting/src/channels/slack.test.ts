import { Ajv } from 'ajv'
import { afterEach, expect, test } from 'vitest'
import { alert, createBench, deliver, slackPath } from '../../test/test-bench.ts'

const bench = createBench()
afterEach(bench.close)

// https://api.slack.com/reference/messaging/payload, as far as an incoming webhook takes it.
const isMessage = new Ajv({ strict: true }).compile({
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 3_000 },
    mrkdwn: { type: 'boolean' },
    unfurl_links: { type: 'boolean' },
    unfurl_media: { type: 'boolean' },
  },
})

async function textOf(changes: Partial<typeof alert>): Promise<string> {
  const { url, received } = await bench.receiver({
    answer: (response) => response.writeHead(200).end('ok'),
  })
  expect(await deliver({ slack: { url: `${url}${slackPath}` } }, changes)).toEqual([undefined])
  expect(received).toMatchObject([
    { method: 'POST', path: slackPath, headers: { 'content-type': 'application/json' } },
  ])
  const message = JSON.parse(received[0]?.body ?? '')
  expect(isMessage(message), JSON.stringify(isMessage.errors)).toBe(true)
  expect(message).toMatchObject({ mrkdwn: false, unfurl_links: false, unfurl_media: false })
  return message.text
}

test('an alert is a message of a few lines, with a link', async () => {
  expect(await textOf({})).toBe(
    [
      '[critical] failed-logins-by-address',
      'Ten failed log-ins from one address within five minutes',
      '203.0.113.7',
      '12 times, from 2030-01-02T03:00:00.000Z to 2030-01-02T03:04:05.678Z',
      'https://api.acme.test/admin/alerts/018f3c5e-7d2a',
    ].join('\n'),
  )
})

test('one time is told as one, and no subject as none', async () => {
  const lines = (await textOf({ count: 1, subject: null })).split('\n')
  expect(lines.slice(2)).toEqual([
    'once, at 2030-01-02T03:04:05.678Z',
    'https://api.acme.test/admin/alerts/018f3c5e-7d2a',
  ])
})

test.each([
  ['<!channel> & <!here>', '&lt;!channel&gt; &amp; &lt;!here&gt;'],
  ['<@U012AB3CD> <#C012>', '&lt;@\u200bU012AB3CD&gt; &lt;#C012&gt;'],
  ['<https://evil.test|api.acme.test>', '&lt;https://evil.test|api.acme.test&gt;'],
  ['@channel @all', '@\u200bchannel @\u200ball'],
  ['[here](https://evil.test)', '[here]\u200b(https://evil.test)'],
  ['&lt;!channel&gt;', '&amp;lt;!channel&amp;gt;'],
  ['alice@example.com', 'alice@example.com'],
  ['two\nlines\r\u2028of\u0000it', 'two lines of it'],
])('%j calls nobody and links nothing', async (subject, told) => {
  expect((await textOf({ subject })).split('\n')[2]).toBe(told)
  expect((await textOf({ summary: subject })).split('\n')[1]).toBe(told)
})

test.each(['&', '<', '@ ', '😀', 'a', '](', '&a<'])(
  '%j without end fits, with its link',
  async (part) => {
    const long = part.repeat(3_000)
    const text = await textOf({ rule: long, subject: long, summary: long })
    expect(text.isWellFormed()).toBe(true)
    expect(text.replace(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/)
    expect(text.endsWith(`\nhttps://api.acme.test/admin/alerts/${alert.id}`)).toBe(true)
  },
)
