import { afterEach, expect, test } from 'vitest'
import { decodeWords } from '../test/decode-words.ts'
import { createBench, mailTo } from '../test/test-bench.ts'

const bench = createBench()
afterEach(bench.close)

const alice = 'alice@example.com'

test('a mail arrives as it was, once, with a sender, a date and a Message-ID', async () => {
  const server = await bench.server()
  const time = new Date('2030-01-02T03:04:05Z')
  const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`, { clock: () => time })
  mailer.send(mailTo(alice))
  await mailer.close()
  expect(mailer.failures).toEqual([])
  expect(server.mails).toMatchObject([
    {
      from: 'no-reply@example.test',
      to: [alice],
      headers: {
        from: 'Rampart <no-reply@example.test>',
        to: alice,
        subject: 'Your link',
        date: 'Wed, 02 Jan 2030 03:04:05 +0000',
        'content-type': 'text/plain; charset=utf-8',
        'message-id': expect.stringMatching(/^<[\da-f-]{36}@example\.test>$/),
      },
      text: mailTo(alice).text.replace('\n', '\r\n'),
    },
  ])
  expect(server.mails[0]?.headers).not.toHaveProperty('x-mailer')
})

test.each([
  ['umlauts', 'Grüße, 😀 = ok'],
  ['letters beyond Latin', 'Здравствуйте, '.repeat(50)],
  ['equals signs', 'https://x.example/?a=3D&b=C3'],
  ['dots at the start of lines', 'a\r\n.\r\n..dots'],
  ['a line of 5 000 letters', `https://x.example/#${'a1='.repeat(1_666)}`],
  ['a long line of short words', 'word '.repeat(100)],
  ['letters of all of them', `Grüße \r\n.\r\n${'a1= ü'.repeat(500)}`],
])('%s: the text survives, in lines of at most 76', async (_, text) => {
  const server = await bench.server()
  const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`)
  mailer.send({ to: alice, subject: 'Bestätigung für Zoë 😀', text })
  await mailer.close()
  expect(server.mails[0]?.text.replace(/\r\n$/, '')).toBe(text)
  expect(decodeWords(server.mails[0]?.headers['subject'] ?? '')).toBe('Bestätigung für Zoë 😀')
  const lengths = server.mails[0]?.raw.split('\r\n').map((line) => line.length) ?? []
  expect(Math.max(...lengths)).toBeLessThanOrEqual(76)
})

test('what was written as HTML too arrives as both, the text first', async () => {
  const server = await bench.server()
  const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`)
  mailer.send({ ...mailTo(alice), html: '<p>Open <a href="https://app.example.test">it</a></p>' })
  await mailer.close()
  const [mail] = server.mails
  expect(mail?.headers['content-type']).toMatch(/^multipart\/alternative;/)
  const types = [...(mail?.raw.matchAll(/^Content-Type: (text\/\w+)/gm) ?? [])].map(
    ([, type]) => type,
  )
  expect(types).toEqual(['text/plain', 'text/html'])
})

test('another attempt is the same mail: its Message-ID and its date too', async () => {
  const server = await bench.server()
  const time = new Date('2030-01-02T03:04:05Z')
  const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`, { clock: () => time })
  mailer.send(mailTo(alice), 'job-1')
  mailer.send(mailTo(alice), 'job-1')
  mailer.send(mailTo(alice), 'job-2')
  await mailer.close()
  const raws = server.mails.map(({ raw }) => raw)
  expect(raws).toHaveLength(3)
  expect(new Set(raws).size).toBe(2)
  const ids = server.mails.map(({ headers }) => headers['message-id'])
  expect(ids.toSorted()).toEqual([
    '<job-1@example.test>',
    '<job-1@example.test>',
    '<job-2@example.test>',
  ])
})

test.each([
  [451, false],
  [550, true],
  [503, true],
])(
  'after a %d another attempt would be in vain: %s; it hurts no other mail',
  async (status, permanent) => {
    const server = await bench.server({
      reply: (_, { to }) => (to.includes(alice) ? status : undefined),
    })
    const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`)
    mailer.send(mailTo(alice))
    mailer.send(mailTo('bob@example.com'))
    await mailer.close()
    expect(server.mails).toMatchObject([{ to: ['bob@example.com'] }])
    expect(mailer.failures).toMatchObject([{ error: { permanent, code: 'EMESSAGE' } }])
  },
)

test('while nobody listens another attempt may help', async () => {
  const { port, close } = await bench.server()
  await close()
  const mailer = bench.mailer(`smtp://127.0.0.1:${port}`)
  mailer.send(mailTo(alice))
  await mailer.close()
  expect(mailer.failures).toMatchObject([{ error: { permanent: false } }])
})

test.each([451, 550])(
  'a %d that quotes the mail leaks neither text nor recipient',
  async (status) => {
    const server = await bench.server({ reply: () => status })
    const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`)
    mailer.send(mailTo(alice))
    await mailer.close()
    const [failure] = mailer.failures
    expect(failure?.error).toMatchObject({
      message: `The mail server answered ${status} 5.7.1 to DATA.`,
    })
    const told = JSON.stringify(failure, (_, value) =>
      value instanceof Error
        ? Object.fromEntries(
            Object.getOwnPropertyNames(value).map((key) => [key, Reflect.get(value, key)]),
          )
        : value,
    )
    expect(told).toContain('stack')
    expect(told).not.toContain('s3cr3t')
    expect(told).not.toContain(alice)
  },
)

test('the credentials of the URL log in, percent-encoded; wrong ones are told without themselves', async () => {
  const server = await bench.server({
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _, done) =>
      done(null, username === 'us@er' && password === 'p:ss/w#rd' ? { user: username } : {}),
  })
  const right = bench.mailer(`smtp://us%40er:p%3Ass%2Fw%23rd@127.0.0.1:${server.port}`)
  const wrong = bench.mailer(`smtp://us%40er:wr0ng-one@127.0.0.1:${server.port}`)
  right.send(mailTo(alice))
  wrong.send(mailTo(alice))
  await Promise.all([right.close(), wrong.close()])
  expect(server.mails).toMatchObject([{ user: 'us@er' }])
  expect(wrong.failures).toMatchObject([{ error: { permanent: false, code: 'EAUTH' } }])
  expect(String(wrong.failures[0]?.error)).not.toContain('wr0ng-one')
})

test('at most two mails are being sent at once, and all arrive', async () => {
  let open = 0
  let most = 0
  const server = await bench.server({
    onMailFrom(_, __, done) {
      open += 1
      most = Math.max(most, open)
      setTimeout(done, 20)
    },
    reply: () => {
      open -= 1
      return undefined
    },
  })
  const mailer = bench.mailer(`smtp://127.0.0.1:${server.port}`)
  for (let index = 0; index < 20; index += 1) mailer.send(mailTo(`user${index}@example.com`))
  await mailer.close()
  expect(new Set(server.mails.map(({ to }) => to[0])).size).toBe(20)
  expect(most).toBe(2)
})
