import { fileURLToPath } from 'node:url'
import { type OutboxMail, readOutbox } from '@repo/mail'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

const policy = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'img-src': ['data:'],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
}

/** /outbox: the mails that development keeps in a folder, newest first. No such path anywhere else. */
export function outboxPage(server: FastifyInstance, { config }: Services): void {
  const url = URL.parse(config.smtpUrl.reveal())
  if (config.nodeEnv !== 'development' || url?.protocol !== 'file:') return
  const folder = fileURLToPath(url)
  const options = { helmet: { contentSecurityPolicy: { useDefaults: false, directives: policy } } }
  server.get('/outbox', options, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .send(writePage(await readOutbox(folder), config.baseUrl)),
  )
}

const writePage = (mails: readonly OutboxMail[], baseUrl: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Outbox – Rampart</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/account/page.css" />
  </head>
  <body>
    <main>
      <h1>Outbox</h1>
      <p>In development mails come here instead of to people. Load the page again for newer ones.</p>
      ${mails.length === 0 ? '<p>There is no mail yet.</p>' : ''}
      <ol class="mails">${mails.map((mail) => writeMail(mail, baseUrl)).join('')}
      </ol>
    </main>
  </body>
</html>
`

const writeMail = ({ subject, to, time, text }: OutboxMail, baseUrl: string) => `
        <li>
          <h2>${escapeHtml(subject)}</h2>
          <p class="hint">To ${escapeHtml(to)}, <time>${escapeHtml(time)}</time></p>
          <pre>${writeText(text, baseUrl)}</pre>
        </li>`

/** Text whose links can be followed, if they lead to ourselves. */
function writeText(text: string, baseUrl: string): string {
  const { origin } = new URL(baseUrl)
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part) => {
      const escaped = escapeHtml(part)
      const isOurs = URL.parse(part)?.origin === origin
      return isOurs ? `<a href="${escaped}">${escaped}</a>` : escaped
    })
    .join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string) => text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '')
