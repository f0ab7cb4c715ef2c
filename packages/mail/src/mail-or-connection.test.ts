import { afterEach, expect, test } from 'vitest'
import type { SmtpServerSettings } from '../test/start-smtp-server.ts'
import { createBench, mailTo } from '../test/test-bench.ts'

const bench = createBench()
afterEach(bench.close)

const say = (responseCode: number) => Object.assign(new Error('5.7.0 no'), { responseCode })
const atGreeting = (status: number): SmtpServerSettings => ({
  onConnect: (_, done) => done(say(status)),
})
const atLogIn = (status: number): SmtpServerSettings => ({
  disabledCommands: ['STARTTLS'],
  onAuth: (_, __, done) => done(say(status)),
})
const atMail = (status: number): SmtpServerSettings => ({
  onMailFrom: (_, __, done) => done(say(status)),
})
const atRecipient = (status: number): SmtpServerSettings => ({
  onRcptTo: (_, __, done) => done(say(status)),
})
const atData = (status: number): SmtpServerSettings => ({ reply: () => status })

test.each([
  ['a greeting of 554', false, atGreeting(554)],
  ['a greeting of 421', false, atGreeting(421)],
  ['a log-in that is answered 535', false, atLogIn(535)],
  ['a log-in that is answered 454', false, atLogIn(454)],
  ['530 to MAIL: log in first', false, atMail(530)],
  ['550 to MAIL', true, atMail(550)],
  ['451 to MAIL', false, atMail(451)],
  ['550 to RCPT', true, atRecipient(550)],
  ['450 to RCPT', false, atRecipient(450)],
  ['554 to DATA', true, atData(554)],
  ['452 to DATA', false, atData(452)],
])('after %s another attempt is in vain: %s', async (_what, permanent, settings) => {
  const server = await bench.server(settings)
  const { send, close, failures } = bench.mailer(`smtp://user:pass@127.0.0.1:${server.port}`)
  send(mailTo('alice@example.com'))
  await close()
  expect(failures).toMatchObject([{ error: { name: 'DeliveryError', permanent } }])
  expect(server.mails).toEqual([])
})

test('a server that offers no TLS where it is asked for may do so later', async () => {
  const server = await bench.server()
  const { send, close, failures } = bench.mailer(`smtps://127.0.0.1:${server.port}`)
  send(mailTo('alice@example.com'))
  await close()
  expect(failures).toMatchObject([{ error: { permanent: false } }])
})
