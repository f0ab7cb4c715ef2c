import type { z } from 'zod'
import type { platformSession, sessionCounts } from '../../platform-outputs.ts'
import { type Html, html } from '../html.ts'
import { writeAdminPage } from './layout.ts'
import { writeEmpty, writeNext, writeTable } from './parts.ts'
import { writeTime } from './times.ts'
import { type AdminVisit, type Answer, ask, type PageOf, pick } from './visit.ts'

type Session = z.output<typeof platformSession>

/** /admin/sessions: who is signed in, and where. */
export async function showSessions(visit: AdminVisit): Promise<string> {
  const { now, fields } = visit
  const wanted = pick(fields, ['userId'])
  const [counts, { items, nextCursor }] = await Promise.all([
    ask<Answer<typeof sessionCounts>>(visit, 'admin.sessions.count'),
    ask<PageOf<typeof platformSession>>(visit, 'admin.sessions.list', {
      limit: 50,
      ...wanted,
      ...pick(fields, ['cursor']),
    }),
  ])
  const [first] = items
  const ofOne = wanted['userId'] === undefined ? null : writeWhose(wanted['userId'], first)
  const content = html`
    ${writeCounts(counts)}
    <section aria-labelledby="newest">
      <h2 id="newest">${ofOne ?? 'Newest'}</h2>
      ${items.length > 0 ? writeSessions(items, now) : writeEmpty('Nobody is signed in.')}
      ${writeNext('/admin/sessions', wanted, nextCursor)}
    </section>`
  return writeAdminPage(visit, { title: 'Sessions', section: '/admin/sessions', content })
}

const writeWhose = (userId: string, first: Session | undefined): Html =>
  html`Of ${first?.email ?? userId} <a href="/admin/sessions">everybody’s</a>`

function writeCounts(counts: z.output<typeof sessionCounts>): Html {
  const numbers = [
    ['Whole', counts.whole],
    ['of them with a second factor', counts.secondFactor],
    ['A code is owed', counts.pending],
    ['Administrators as somebody else', counts.impersonation],
    ['People', counts.people],
  ] as const
  return html`<div class="verdict"><dl>${numbers.map(
    ([name, count]) => html`<div><dt>${name}</dt><dd>${String(count)}</dd></div>`,
  )}</dl></div>`
}

const states = { whole: 'done', pending: 'info', impersonation: 'warning' } as const

const writeSessions = (sessions: readonly Session[], now: Date): Html =>
  writeTable({
    caption: 'Sessions',
    head: [
      'Who',
      'State',
      'Second factor',
      'Begun',
      'Last seen',
      'Ends',
      'Address',
      'Browser',
      'Log out',
    ],
    rows: sessions.map((one) => [
      html`<a href="/admin/sessions?userId=${one.userId}">${one.email}</a>`,
      html`<span class="chip" data-kind="${states[one.state]}">${one.state}</span>`,
      one.secondFactor ? 'yes' : html`<span class="quiet">no</span>`,
      writeTime(one.createdAt, now),
      writeTime(one.lastSeenAt, now),
      writeTime(one.expiresAt, now),
      html`<code>${one.address ?? '–'}</code>`,
      html`<span class="cut" title="${one.userAgent ?? ''}">${one.userAgent ?? '–'}</span>`,
      html`<form method="post" action="/admin/users/log-out">
        <input type="hidden" name="userId" value="${one.userId}" />
        <input type="hidden" name="returnTo" value="/admin/sessions" />
        <button type="submit" class="plain">Log out <span class="unseen">${one.email} everywhere</span></button>
      </form>`,
    ]),
  })
