import { fileURLToPath } from 'node:url'
import { type OutboxMail, readOutbox } from '@repo/mail'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { type Html, html, writePage } from './html.ts'
import { page, plainPage } from './page.ts'

/** /outbox: the mails that development keeps in a folder, newest first. No such path anywhere else. */
export function outboxPage(server: FastifyInstance, { config }: Services): void {
  const url = URL.parse(config.smtpUrl.reveal())
  if (config.nodeEnv !== 'development' || url?.protocol !== 'file:') return
  const folder = fileURLToPath(url)
  server.get('/outbox', page(plainPage), async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .send(writeOutbox(await readOutbox(folder), config.baseUrl)),
  )
}

function writeOutbox(mails: readonly OutboxMail[], baseUrl: string): string {
  const none = mails.length === 0 ? html`<p>There is no mail yet.</p>` : null
  const main = html`<main>
      <h1>Outbox</h1>
      <p>In development mails come here instead of to people. Load the page again for newer ones.</p>
      ${none}
      <ol class="mails">${mails.map((mail) => writeMail(mail, baseUrl))}
      </ol>
    </main>`
  return writePage('Outbox', main)
}

const writeMail = ({ subject, to, time, text }: OutboxMail, baseUrl: string) => html`
        <li>
          <h2>${subject}</h2>
          <p class="hint">To ${to}, <time>${time}</time></p>
          <pre>${writeText(text, baseUrl)}</pre>
        </li>`

/** Text whose links can be followed, if they lead to ourselves. */
function writeText(text: string, baseUrl: string): readonly Html[] {
  const { origin } = new URL(baseUrl)
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part) =>
      URL.parse(part)?.origin === origin ? html`<a href="${part}">${part}</a>` : html`${part}`,
    )
}
