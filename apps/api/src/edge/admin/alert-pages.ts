import { networkOf } from '@repo/detection'
import type { auditEvent } from '../../audit-event-output.ts'
import {
  type alert,
  alertStatus,
  blockableAddress,
  type blockedAddress,
} from '../../platform-outputs.ts'
import { type Html, html } from '../html.ts'
import { writeEvents } from './audit-page.ts'
import { writeAdminPage } from './layout.ts'
import {
  type Alert,
  named,
  writeAlertForms,
  writeAlerts,
  writeEmpty,
  writeNext,
  writeSeverity,
  writeUnblock,
} from './parts.ts'
import { moment, writeTime } from './times.ts'
import { type AdminVisit, type Answer, ask, type PageOf, pick } from './visit.ts'

/** /admin/alerts: all of one status, newest first. */
export async function showAlerts(visit: AdminVisit): Promise<string> {
  const { now, fields } = visit
  const { data: status = 'open' } = alertStatus.safeParse(fields['status'])
  const { items, nextCursor } = await ask<PageOf<typeof alert>>(visit, 'admin.alerts.list', {
    status,
    limit: 50,
    ...pick(fields, ['cursor', 'rule']),
  })
  const path = `/admin/alerts?status=${status}`
  const link = (one: string) =>
    html`<a href="/admin/alerts?status=${one}"${one === status ? html` aria-current="true"` : null}>${one}</a>`
  const title = status.charAt(0).toUpperCase() + status.slice(1)
  const content = html`
    <section aria-labelledby="list">
      <h2 id="list">${title} <span class="choice">${alertStatus.options.map(link)}</span></h2>
      ${items.length > 0 ? writeAlerts(items, now, path) : writeEmpty(`No alert is ${status}.`)}
    </section>
    ${writeNext('/admin/alerts', { status }, nextCursor)}`
  return writeAdminPage(visit, { title: 'Alerts', section: '/admin/alerts', content })
}

/** /admin/alerts/ID, where what tells of an alert leads. */
export async function showAlert(visit: AdminVisit): Promise<string> {
  const { now, params } = visit
  const alertId = params['alert'] ?? ''
  const one = await ask<Answer<typeof alert>>(visit, 'admin.alerts.get', { alertId })
  const [block, events] = await Promise.all([
    findBlock(visit, one),
    // Who has done it counts more than what they did: the page stands without it.
    readEvents(visit, one).catch(() => null),
  ])
  const returnTo = `/admin/alerts/${one.id}`
  const content = html`
      <section aria-labelledby="alert" data-kind="${one.severity}">
        <h2 id="alert">${named(one.rule)} ${writeSeverity(one.severity)}</h2>
        ${writeFacts(one, now)}
        <div class="deeds">
          ${writeAlertForms(one, returnTo)}
          ${block === null ? null : writeUnblock(block, returnTo)}
        </div>
      </section>
      <section aria-labelledby="around">
        <h2 id="around">Refused meanwhile</h2>
        ${writeRefused(events, now)}
        <p class="next"><a href="/admin/audit?${new URLSearchParams(searchOf(one)).toString()}">All of that time</a></p>
      </section>`
  return writeAdminPage(visit, { title: one.summary, section: '/admin/alerts', content })
}

function writeFacts(one: Alert, now: Date): Html {
  const facts: readonly (readonly [name: string, value: Html])[] = [
    ['About', one.subject === null ? html`the whole of the API` : writeSubject(one.subject)],
    ['Seen', html`${String(one.count)} ${one.count === 1 ? 'time' : 'times'}`],
    ['Since', html`${moment(new Date(one.firstAt))} UTC, ${writeTime(one.firstAt, now)}`],
    ['Last', html`${moment(new Date(one.lastAt))} UTC, ${writeTime(one.lastAt, now)}`],
    ['Status', html`${one.status}`],
    ...settlement('Acknowledged', one.acknowledgedAt, one.acknowledgedBy, now),
    ...settlement('Resolved', one.resolvedAt, one.resolvedBy, now),
  ]
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

const settlement = (name: string, at: string | null, by: string | null, now: Date) =>
  at === null
    ? []
    : [[name, html`${writeTime(at, now)} by <code>${by ?? 'somebody'}</code>`] as const]

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** A person leads to what they did, and to where they are signed in. */
const writeSubject = (subject: string): Html =>
  uuid.test(subject)
    ? html`<code>${subject}</code> (<a href="/admin/audit?person=${subject}">what they did</a>,
        <a href="/admin/sessions?userId=${subject}">sessions</a>)`
    : html`<code>${subject}</code>`

/** The subject, where it is an address that is closed. */
async function findBlock(visit: AdminVisit, { subject }: Alert): Promise<string | null> {
  const { data: address } = blockableAddress.safeParse(subject)
  if (address === undefined) return null
  const { items } = await ask<PageOf<typeof blockedAddress>>(visit, 'admin.blockedAddresses.list', {
    address,
  })
  return items[0]?.address ?? null
}

const aroundMs = 5 * 60_000
const maxEvents = 25
const maxSearched = 100

/** What was refused to the subject from five minutes before it was seen first until a moment after it was seen last. */
function searchOf({ firstAt, lastAt, subject }: Alert) {
  const at = (time: string, ms: number) => new Date(new Date(time).getTime() + ms).toISOString()
  const person = subject !== null && uuid.test(subject) ? { person: subject } : {}
  return { outcome: 'denied', since: at(firstAt, -aroundMs), until: at(lastAt, 1_000), ...person }
}

/** Of the newest that match; `isAll` where no others do. */
async function readEvents(visit: AdminVisit, one: Alert) {
  const { items, nextCursor } = await ask<PageOf<typeof auditEvent>>(
    visit,
    'admin.auditEvents.list',
    { ...searchOf(one), limit: maxSearched },
  )
  // The log knows addresses by their network alone.
  const network = networkOf(one.subject?.split('/')[0] ?? '')
  const found = items.filter(({ address }) => network === null || address === network)
  return { found: found.slice(0, maxEvents), isAll: nextCursor === null }
}

function writeRefused(events: Awaited<ReturnType<typeof readEvents>> | null, now: Date): Html {
  if (events === null) return writeEmpty('The audit log could not be read.')
  if (events.found.length > 0) return writeEvents(events.found, now)
  return writeEmpty(
    events.isAll
      ? 'The audit log has no refusal of it at that time.'
      : `The newest ${maxSearched} refusals of that time are of others; there are older ones.`,
  )
}
