import { type Digest, headlineOf, isQuiet } from '@repo/audit'
import type { digest as digestOutput } from '../../digest-output.ts'
import { type Html, html } from '../html.ts'
import { writeAdminPage } from './layout.ts'
import { writeEmpty, writeSeverity, writeTable } from './parts.ts'
import { moment } from './times.ts'
import { type AdminVisit, type Answer, ask, type PageOf } from './visit.ts'

const shownWeeks = 26

/** /admin/digest: the week that runs, and /admin/digest/MONDAY as it was told. */
export async function showDigest(visit: AdminVisit): Promise<string> {
  const week = visit.params['week']
  const [digest, { items }] = await Promise.all([
    week === undefined
      ? ask<Answer<typeof digestOutput>>(visit, 'admin.digests.getRunning')
      : ask<Answer<typeof digestOutput>>(visit, 'admin.digests.get', { week }),
    ask<PageOf<typeof digestOutput>>(visit, 'admin.digests.list', { limit: shownWeeks }),
  ])
  const title = week === undefined ? 'This week so far' : `Week of ${week}`
  const content = html`
    <div class="verdict" data-kind="${kindOf(digest)}">
      <p class="words">${headlineOf(digest)}</p>
      <p class="meta">From ${digest.week} to ${moment(new Date(digest.until))} UTC</p>
    </div>
    <div class="columns">
      <div>
        ${writeFindings(digest)}
        ${digest.sections.filter(({ rows }) => rows.length > 0).map(writeSection)}
        ${writeNothing(digest)}
      </div>
      <div>
        <section aria-labelledby="standing">
          <h2 id="standing">How it stands</h2>
          ${digest.standing.map((words) => html`<p class="wrap">${words}</p>`)}
        </section>
        <section aria-labelledby="weeks">
          <h2 id="weeks">Weeks</h2>
          ${writeWeeks(items, week)}
        </section>
      </div>
    </div>`
  return writeAdminPage(visit, { title, section: '/admin/digest', content })
}

const kindOf = (digest: Digest) =>
  isQuiet(digest)
    ? 'done'
    : digest.findings.some(({ severity }) => severity === 'critical')
      ? 'critical'
      : 'warning'

const writeFindings = ({ findings }: Digest): Html => html`
  <section aria-labelledby="findings">
    <h2 id="findings">Out of the ordinary</h2>
    ${
      findings.length === 0
        ? writeEmpty('Nothing.')
        : html`<ul class="findings">${findings.map(
            ({ severity, words }) => html`<li>${writeSeverity(severity)} ${words}</li>`,
          )}</ul>`
    }
  </section>`

function writeSection({ title, rows }: Digest['sections'][number], index: number): Html {
  const cells = rows.map(({ name, count, before, usual }) => [
    name,
    String(count),
    String(before),
    usual === null ? '–' : String(usual),
  ])
  const name = `section-${index}`
  return html`<section aria-labelledby="${name}">
      <h2 id="${name}">${title}</h2>
      ${writeTable({ caption: title, head: ['What', 'This week', 'The week before', 'Usual'], numbers: [1, 2, 3], rows: cells })}
    </section>`
}

/** What there was nothing of, in a line. */
function writeNothing({ sections }: Digest): Html | null {
  const empty = sections.filter(({ rows }) => rows.length === 0)
  if (empty.length === 0) return null
  return html`<p class="hint">None: ${empty.map(({ title }) => title.toLowerCase()).join(', ')}.</p>`
}

function writeWeeks(weeks: readonly Digest[], current: string | undefined): Html {
  const link = (path: string, name: string, isCurrent: boolean, words: string) =>
    html`<li><a href="${path}"${isCurrent ? html` aria-current="true"` : null}>${name}</a> <span class="quiet">${words}</span></li>`
  return html`<ul class="weeks">
      ${link('/admin/digest', 'This week', current === undefined, 'so far')}
      ${weeks.map((one) =>
        link(
          `/admin/digest/${one.week}`,
          one.week,
          one.week === current,
          isQuiet(one) ? 'quiet' : headlineOf(one),
        ),
      )}
    </ul>`
}
