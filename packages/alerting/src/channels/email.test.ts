import { afterEach, expect, test } from 'vitest'
import { alert, channelsOf, createBench, deliver } from '../../test/test-bench.ts'

const bench = createBench()
afterEach(bench.close)

const email = { to: ['alice@acme.test', 'bob@acme.test'] }

test('each address gets a mail in plain text, with a link', async () => {
  const { sendMail, mails } = await bench.mailServer()
  expect(await deliver({ sendMail, email })).toEqual([undefined, undefined])
  expect(mails.map(({ to }) => to).sort()).toEqual([['alice@acme.test'], ['bob@acme.test']])
  expect(mails[0]?.headers).toMatchObject({
    subject: `[critical] ${alert.summary}`,
    from: 'Rampart <no-reply@acme.test>',
    'message-id': `<alert.${alert.id}@api.acme.test>`,
    'content-type': 'text/plain; charset=utf-8',
  })
  expect(mails[0]?.text.replaceAll('\r\n', '\n')).toBe(`${alert.summary}

Severity: critical
Rule: failed-logins-by-address
Subject: 203.0.113.7
Seen: 12 times, from 2030-01-02T03:00:00.000Z to 2030-01-02T03:04:05.678Z

https://api.acme.test/admin/alerts/018f3c5e-7d2a

api.acme.test sends its alerts to this address.
`)
})

test('a second attempt has the same Message-ID', async () => {
  const { sendMail, mails } = await bench.mailServer()
  await deliver({ sendMail, email: { to: ['alice@acme.test'] } })
  await deliver({ sendMail, email: { to: ['alice@acme.test'] } }, { count: 13 })
  const ids = mails.map(({ headers }) => headers['message-id'])
  expect(ids).toEqual(Array(2).fill(`<alert.${alert.id}@api.acme.test>`))
})

test('an address that is refused keeps no other from its mail', async () => {
  const { sendMail, mails } = await bench.mailServer({
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith('alice')
        ? done(Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 }))
        : done(),
  })
  const [alice, bob] = await deliver({ sendMail, email })
  expect(alice).toMatchObject({ permanent: true, code: 'EENVELOPE' })
  expect(bob).toBeUndefined()
  expect(mails.map(({ to }) => to)).toEqual([['bob@acme.test']])
})

test('a channel has a key that is the address’s, in whatever order and case, and not the address', () => {
  const keysOf = (...to: readonly string[]) => channelsOf({ email: { to } }).map(({ key }) => key)
  const [alice, bob] = keysOf(...email.to)
  expect(keysOf('Bob@acme.test', 'alice@ACME.test')).toEqual([bob, alice])
  expect([alice, bob].join()).toMatch(/^email-[\da-f]{16},email-[\da-f]{16}$/)
  expect(alice).not.toBe(bob)
})

test.each([
  'Ten failed log-ins\r\nBcc: eve@evil.test\r\n\r\nHello',
  'Ten failed log-ins\u2028\u0085Bcc: eve@evil.test',
  `${'ä'.repeat(3_000)}\nBcc: eve@evil.test`,
])('no text becomes a header or a recipient', async (text) => {
  const { sendMail, mails } = await bench.mailServer()
  const changes = { summary: text, subject: text, rule: text }
  await deliver({ sendMail, email: { to: ['alice@acme.test'] } }, changes)
  const [mail] = mails
  expect(mail?.to).toEqual(['alice@acme.test'])
  expect(Object.keys(mail?.headers ?? {})).not.toContain('bcc')
  expect(mail?.raw).not.toMatch(/^Bcc:/im)
  expect(mail?.text).toMatch(/^(Ten failed log-ins Bcc: eve@evil.test|ä+…)/)
})
