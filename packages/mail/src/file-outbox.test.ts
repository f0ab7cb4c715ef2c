import { randomUUID } from 'node:crypto'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { createBench, mailTo } from '../test/test-bench.ts'
import { readOutbox } from './file-outbox.ts'
import { openMailSender } from './mail-sender.ts'

const bench = createBench()
afterEach(bench.close)

async function createOutbox(options?: Parameters<typeof bench.mailer>[1]) {
  const folder = join(await bench.folder(), 'deep', 'outbox of #1')
  return { folder, mailer: bench.mailer(pathToFileURL(folder).href, options) }
}

test('a mail becomes a file, not within the call', async () => {
  const time = new Date('2030-01-02T03:04:05.678Z')
  const { folder, mailer } = await createOutbox({ clock: () => time })
  mailer.send(mailTo('alice@example.com', 'Grüße'))
  expect(await readOutbox(folder)).toEqual([])
  await mailer.close()
  expect(await readOutbox(folder)).toEqual([
    {
      id: expect.stringMatching(/^<[\da-f-]{36}@example\.test>$/),
      time: time.toISOString(),
      from: 'Rampart <no-reply@example.test>',
      ...mailTo('alice@example.com', 'Grüße'),
    },
  ])
})

test.runIf(process.platform !== 'win32')('only this user can read it', async () => {
  const { folder, mailer } = await createOutbox()
  const umask = process.umask(0)
  mailer.send(mailTo('alice@example.com'))
  await mailer.close()
  process.umask(umask)
  const [name = ''] = await readdir(folder)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
})

test('mails are listed newest first, also those of one millisecond', async () => {
  let now = Date.parse('2029-12-31T23:59:59.999Z')
  const { folder, mailer } = await createOutbox({ clock: () => new Date(now) })
  for (let index = 0; index < 30; index += 1) {
    mailer.send(mailTo(`user${index}@example.com`))
    if (index === 11) now += 1
  }
  await mailer.close()
  expect((await readOutbox(folder)).map(({ to }) => to)).toEqual(
    Array.from({ length: 30 }, (_, index) => `user${29 - index}@example.com`),
  )
})

test('a reader never meets half a file', async () => {
  const { folder, mailer } = await createOutbox()
  const text = 'x'.repeat(2_000_000)
  for (let index = 0; index < 20; index += 1) {
    mailer.send({ ...mailTo(`user${index}@example.com`), text })
  }
  let isWriting = true
  void mailer.close().then(() => {
    isWriting = false
  })
  while (isWriting) {
    for (const mail of await readOutbox(folder)) expect(mail.text).toHaveLength(text.length)
  }
  expect(await readOutbox(folder)).toHaveLength(20)
  expect((await readdir(folder)).filter((name) => !name.endsWith('.json'))).toEqual([])
})

test('a folder that cannot be made is told; of several attempts one mail is kept', async () => {
  const folder = join(await bench.folder(), 'outbox')
  const sender = openMailSender({ url: pathToFileURL(folder).href, from: 'a@example.test' })
  const waiting = { ...mailTo('alice@example.com'), time: new Date(), sequence: 1 }
  const { signal } = new AbortController()
  const attempt = () => sender.send(waiting, randomUUID(), signal)
  await writeFile(folder, 'in the way')
  await expect(attempt()).rejects.toMatchObject({ code: 'EEXIST' })
  await rm(folder)
  const id = randomUUID()
  for (let index = 0; index < 3; index += 1) await sender.send(waiting, id, signal)
  expect(await readOutbox(folder)).toMatchObject([{ id: `<${id}@example.test>` }])
})

test('other files of the folder are no mails, and no folder is no mail', async () => {
  const folder = await bench.folder()
  await writeFile(join(folder, 'notes.json'), 'no JSON')
  await writeFile(join(folder, '.2030-01-01.json.unfinished'), '{')
  expect(await readOutbox(folder)).toEqual([])
  expect(await readOutbox(join(folder, 'none'))).toEqual([])
  await expect(readOutbox(join(folder, 'notes.json'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  expect(await readFile(join(folder, 'notes.json'), 'utf8')).toBe('no JSON')
})
