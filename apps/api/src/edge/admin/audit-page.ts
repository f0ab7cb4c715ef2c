import type { z } from 'zod'
import { type auditEvent, auditOutcome } from '../../audit-event-output.ts'
import type { auditChain } from '../../platform-outputs.ts'
import { type Html, html } from '../html.ts'
import { writeAdminPage } from './layout.ts'
import { counted, writeEmpty, writeNext, writeTable } from './parts.ts'
import { moment, writeTime } from './times.ts'
import { type AdminVisit, type Answer, ask, type Fields, type PageOf, pick } from './visit.ts'

const searchable = [
  'action',
  'outcome',
  'person',
  'organization',
  'target',
  'since',
  'until',
] as const

/** /admin/audit: how far the log is sealed, and what it holds. */
export async function showAudit(visit: AdminVisit): Promise<string> {
  const { now, fields } = visit
  const wanted = pick(fields, searchable)
  const [chain, { items, nextCursor }] = await Promise.all([
    ask<Answer<typeof auditChain>>(visit, 'admin.auditChain.get'),
    ask<PageOf<typeof auditEvent>>(visit, 'admin.auditEvents.list', {
      limit: 50,
      ...wanted,
      ...pick(fields, ['cursor']),
    }),
  ])
  const content = html`
    ${writeChain(chain, now)}
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      ${writeSearch(fields)}
      ${items.length > 0 ? writeEvents(items, now) : writeEmpty('The log holds nothing like that.')}
      ${writeNext('/admin/audit', wanted, nextCursor)}
    </section>`
  return writeAdminPage(visit, { title: 'Audit log', section: '/admin/audit', content })
}

const lateMs = 10 * 60_000

function writeChain(
  { links, sealedAt, head, unsealed, unsealedSince }: z.output<typeof auditChain>,
  now: Date,
): Html {
  const isLate =
    unsealedSince !== null && now.getTime() - new Date(unsealedSince).getTime() > lateMs
  const words = isLate
    ? html`${counted(unsealed, 'event')} are not sealed, the oldest ${writeTime(unsealedSince, now)}: is a worker running?`
    : sealedAt === null
      ? html`Not sealed yet: ${counted(unsealed, 'event')} so far.`
      : html`Sealed ${writeTime(sealedAt, now)}, ${counted(unsealed, 'event')} since.`
  const link = html`<p class="meta">Link ${links ?? ''} · <code class="hash">${head ?? ''}</code></p>`
  return html`<div class="verdict" data-kind="${isLate ? 'critical' : 'done'}">
      <p class="words">${words}</p>
      ${links === null ? null : link}
    </div>`
}

const writeSearch = (fields: Fields): Html => html`
  <form method="get" action="/admin/audit" class="search" role="search">
    <p><label for="action">Action</label>
      <input id="action" name="action" value="${fields['action'] ?? ''}" maxlength="100" placeholder="auth.login" /></p>
    <p><label for="outcome">Outcome</label>
      <select id="outcome" name="outcome">
        <option value="">any</option>
        ${auditOutcome.options.map(
          (one) =>
            html`<option value="${one}"${fields['outcome'] === one ? html` selected` : null}>${one}</option>`,
        )}
      </select></p>
    <p><label for="person">Person</label>
      <input id="person" name="person" value="${fields['person'] ?? ''}" maxlength="36" placeholder="id" /></p>
    <p><label for="target">Target</label>
      <input id="target" name="target" value="${fields['target'] ?? ''}" maxlength="200" placeholder="id" /></p>
    <p><button type="submit">Search</button></p>
  </form>`

/** Events as a table, the newest first. */
export const writeEvents = (events: readonly z.output<typeof auditEvent>[], now: Date): Html =>
  writeTable({
    caption: 'Audit events',
    head: ['Time (UTC)', 'Action', 'Outcome', 'Who', 'Target', 'Network'],
    rows: events.map(({ time, action, outcome, code, actor, target, address }) => [
      html`<time datetime="${time}" title="${time}">${moment(new Date(time))}</time> <span class="quiet">${writeTime(time, now)}</span>`,
      html`<code>${action}</code>`,
      html`<span class="chip" data-kind="${kinds[outcome]}">${outcome}</span>${code === null ? null : html` <span class="quiet">${code}</span>`}`,
      writeId(actor),
      writeId(target),
      html`<code>${address ?? '–'}</code>`,
    ]),
  })

const kinds = { success: 'done', denied: 'warning', failed: 'critical' } as const

const shown = 8

/** An id by its first characters; the whole of it for whoever points at it. */
const writeId = (id: string | null): Html =>
  id === null
    ? html`<span class="quiet">–</span>`
    : html`<code title="${id}">${id.length > 2 * shown ? `${id.slice(0, shown)}…` : id}</code>`
