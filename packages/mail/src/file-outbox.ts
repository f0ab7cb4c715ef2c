import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Letter, Mail, MailTransport } from './mail.ts'

/** A mail of a file outbox; `id` is its Message-ID, `time` is ISO 8601. */
export interface OutboxMail extends Mail {
  readonly id: string
  readonly from: string
  readonly time: string
}

/** Keeps each letter as a JSON file that only this user can read. */
export function openFileOutbox(folder: string): MailTransport {
  return {
    async deliver(letter, signal) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const name = nameOf(letter)
      const unfinished = join(folder, `.${name}.unfinished`)
      const content = `${JSON.stringify(toOutboxMail(letter), null, 2)}\n`
      await writeFile(unfinished, content, { mode: 0o600, signal })
      await rename(unfinished, join(folder, name))
    },
    close() {},
  }
}

/** The mails of a file outbox, newest first; none when there is no such folder. */
export async function readOutbox(folder: string): Promise<readonly OutboxMail[]> {
  const names = (await listFiles(folder)).filter((name) => /^\d.*\.json$/.test(name))
  return Promise.all(
    names
      .sort()
      .reverse()
      // Only deliver above writes such files, and whole.
      .map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as OutboxMail),
  )
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

// The same on every attempt, so that a retry replaces and never adds; no colon, for Windows.
function nameOf({ time, sequence, messageId }: Letter): string {
  const moment = time.toISOString().replaceAll(':', '-')
  const order = String(sequence).padStart(9, '0')
  return `${moment}_${order}_${messageId.slice(1, 37)}.json`
}

function toOutboxMail({ messageId, time, from, to, subject, text, html }: Letter): OutboxMail {
  const sender = from.name ? `${from.name} <${from.address}>` : from.address
  const mail = { to, subject, text, ...(html !== undefined && { html }) }
  return { id: messageId, time: time.toISOString(), from: sender, ...mail }
}
