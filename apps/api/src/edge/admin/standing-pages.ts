import { z } from 'zod'
import { type dueKey, jobQueue } from '../../platform-outputs.ts'
import { html } from '../html.ts'
import { writeAdminPage } from './layout.ts'
import { writeEmpty, writeNext, writeTable } from './parts.ts'
import { writeTime } from './times.ts'
import { type AdminVisit, type Answer, ask, type PageOf, pick } from './visit.ts'

/** /admin/keys: API keys that end soon, or are too old and refused already. */
export async function showKeys(visit: AdminVisit): Promise<string> {
  const { now, fields } = visit
  const { items, nextCursor } = await ask<PageOf<typeof dueKey>>(visit, 'admin.apiKeys.listDue', {
    limit: 50,
    ...pick(fields, ['cursor']),
  })
  const rows = items.map((key) => [
    html`<code>${key.prefix}…</code> ${key.name}`,
    html`<span class="chip" data-kind="${new Date(key.endsAt) > now ? 'warning' : 'critical'}">${
      new Date(key.endsAt) > now ? 'ends' : 'over age'
    }</span> ${writeTime(key.endsAt, now)}`,
    html`<a href="/admin/sessions?userId=${key.userId}">${key.email}</a>`,
    key.organization,
    writeTime(key.createdAt, now),
    writeTime(key.lastUsedAt, now),
  ])
  const content = html`
    <p class="hint">Keys that end within 14 days, and keys that are refused since they are older than keys may become.
      Their owners were told by mail 14, 7 and 1 days before.</p>
    ${
      rows.length > 0
        ? writeTable({
            caption: 'API keys that are due',
            head: ['Key', 'Ends', 'Owner', 'Organization', 'Made', 'Last used'],
            rows,
          })
        : writeEmpty('No key ends within 14 days.')
    }
    ${writeNext('/admin/keys', {}, nextCursor)}`
  return writeAdminPage(visit, { title: 'Keys', section: '/admin/keys', content })
}

const queues = z.object({ items: z.array(jobQueue) })
const lateMs = 5 * 60_000

/** /admin/jobs: what waits for the worker, and what was given up. */
export async function showJobs(visit: AdminVisit): Promise<string> {
  const { now, overview } = visit
  const { items } = await ask<Answer<typeof queues>>(visit, 'admin.jobQueues.list')
  const isLate = (at: string | null) =>
    at !== null && now.getTime() - new Date(at).getTime() > lateMs
  const late = items.filter(({ oldestAt }) => isLate(oldestAt))
  const words =
    late.length > 0
      ? `Jobs wait longer than they should in ${late.map(({ name }) => name).join(', ')}: is a worker running?`
      : overview.deadLetters > 0
        ? 'Jobs are done as they come; some were given up.'
        : 'Jobs are done as they come.'
  const kind = late.length > 0 ? 'critical' : overview.deadLetters > 0 ? 'warning' : 'done'
  const content = html`
    <div class="verdict" data-kind="${kind}"><p class="words">${words}</p></div>
    ${writeTable({
      caption: 'Queues of jobs',
      head: ['Queue', 'Waiting', 'To be tried again', 'Running', 'Oldest that is due', 'Given up'],
      numbers: [1, 2, 3, 5],
      rows: items.map((queue) => [
        html`<code>${queue.name}</code>`,
        String(queue.waiting),
        String(queue.retrying),
        String(queue.running),
        queue.oldestAt === null
          ? html`<span class="quiet">–</span>`
          : html`<span${isLate(queue.oldestAt) ? html` class="chip" data-kind="critical"` : null}>${writeTime(queue.oldestAt, now)}</span>`,
        queue.deadLetters === 0
          ? '0'
          : html`<span class="chip" data-kind="warning">${String(queue.deadLetters)}</span>`,
      ]),
    })}`
  return writeAdminPage(visit, { title: 'Jobs', section: '/admin/jobs', content })
}
