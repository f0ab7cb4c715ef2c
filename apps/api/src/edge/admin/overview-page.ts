import { networkOf } from '@repo/detection'
import type { alert, blockedAddress, refusalSources, refusalSteps } from '../../platform-outputs.ts'
import { type Html, html } from '../html.ts'
import { writeChart } from './chart.ts'
import { writeAdminPage } from './layout.ts'
import {
  type Alert,
  counted,
  writeAlerts,
  writeBlocks,
  writeEmpty,
  writeNext,
  writeTable,
} from './parts.ts'
import { moment, writeTime } from './times.ts'
import { type AdminVisit, type Answer, ask, type Overview, type PageOf, pick } from './visit.ts'

type Sources = Awaited<ReturnType<typeof readSources>>
type Refusals = Awaited<ReturnType<typeof readRefusals>>

const severities = ['critical', 'warning', 'info']
const maxShown = 20
const maxSources = 10

/** /admin: who is attacking now, and what is done about it. */
export async function showOverview(visit: AdminVisit): Promise<string> {
  const { overview, now } = visit
  const span = visit.fields['span'] === 'week' ? 'week' : 'day'
  const [critical, newest, acknowledged, blocks, refusals, lastHour, lastDay] = await Promise.all([
    overview.criticalAlerts > 0 ? readAlerts(visit, { status: 'open', severity: 'critical' }) : [],
    overview.openAlerts > 0 ? readAlerts(visit, { status: 'open' }) : [],
    overview.acknowledgedAlerts > 0 ? readAlerts(visit, { status: 'acknowledged' }) : [],
    readBlocks(visit),
    readRefusals(visit, span),
    readSources(visit, 'hour'),
    readSources(visit, 'day'),
  ])
  // However many others came after it, what is critical is seen.
  const open = [...critical, ...newest.filter(({ severity }) => severity !== 'critical')]
  const alerts = [...bySeverity(open), ...bySeverity(acknowledged)].slice(0, maxShown)
  const known = [...open, ...acknowledged].flatMap(({ subject }) => subject ?? [])
  const suspects = new Set([...blocks.items.map(({ address }) => address), ...known])
  const content = html`
    ${writeVerdict(overview, now)}
    <div class="columns" data-live>
      <div>
        <section aria-labelledby="alerts">
          <h2 id="alerts">Alerts <a href="/admin/alerts?status=resolved">resolved ones</a></h2>
          ${alerts.length > 0 ? writeAlerts(alerts, now, '/admin') : writeQuiet(overview)}
        </section>
        <section aria-labelledby="refusals">
          <h2 id="refusals">Refusals ${writeSpans(span)}</h2>
          ${writeRefusals(refusals)}
        </section>
      </div>
      <div>
        <section aria-labelledby="blocked">
          <h2 id="blocked">Closed addresses</h2>
          ${blocks.items.length > 0 ? writeBlocks(blocks.items, now, '/admin') : writeEmpty('No address is closed.')}
          ${writeNext('/admin', { span }, blocks.nextCursor, 'More')}
        </section>
        <section aria-labelledby="sources">
          <h2 id="sources">Where refusals come from</h2>
          ${writeSources({ lastHour, lastDay }, suspects)}
        </section>
      </div>
    </div>`
  return writeAdminPage(visit, {
    title: 'Who is attacking now',
    section: '/admin',
    content,
    isLive: true,
  })
}

const bySeverity = (alerts: readonly Alert[]) =>
  alerts.toSorted(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  )

async function readAlerts(visit: AdminVisit, wanted: Readonly<Record<string, string>>) {
  const { items } = await ask<PageOf<typeof alert>>(visit, 'admin.alerts.list', {
    ...wanted,
    limit: 100,
  })
  return items
}

const readBlocks = (visit: AdminVisit) =>
  ask<PageOf<typeof blockedAddress>>(visit, 'admin.blockedAddresses.list', {
    limit: 50,
    ...pick(visit.fields, ['cursor']),
  })

const readRefusals = (visit: AdminVisit, span: 'day' | 'week') =>
  ask<Answer<typeof refusalSteps>>(visit, 'admin.refusals.get', { span })

async function readSources(visit: AdminVisit, span: 'hour' | 'day') {
  const { items } = await ask<Answer<typeof refusalSources>>(visit, 'admin.refusals.listSources', {
    span,
  })
  return items
}

/** The answer in a sentence, and the numbers that it is made of. */
function writeVerdict(overview: Overview, now: Date): Html {
  const { openAlerts, criticalAlerts, blockedAddresses, deadLetters, dueKeys, unsealed } = overview
  const kind = criticalAlerts > 0 ? 'critical' : openAlerts > 0 ? 'warning' : 'done'
  const words =
    openAlerts === 0
      ? 'Nothing is open.'
      : `${counted(openAlerts, 'alert')} open${criticalAlerts > 0 ? `, ${criticalAlerts} critical` : ''}.`
  const sealed = overview.sealedAt === null ? html`not yet` : writeTime(overview.sealedAt, now)
  return html`<div class="verdict" data-kind="${kind}" data-live>
      <p class="words">${words}</p>
      <dl>
        <div><dt>Open alerts</dt><dd data-count="${String(openAlerts)}"><a href="/admin/alerts">${String(openAlerts)}</a></dd></div>
        <div><dt>Closed addresses</dt><dd><a href="#blocked">${String(blockedAddresses)}</a></dd></div>
        <div><dt>Jobs given up</dt><dd><a href="/admin/jobs">${String(deadLetters)}</a></dd></div>
        <div><dt>Keys due</dt><dd><a href="/admin/keys">${String(dueKeys)}</a></dd></div>
        <div><dt>Audit log sealed</dt><dd><a href="/admin/audit">${sealed}</a></dd></div>
        <div><dt>Events not sealed</dt><dd><a href="/admin/audit">${String(unsealed)}</a></dd></div>
      </dl>
    </div>`
}

const writeQuiet = ({ quietSince }: Overview): Html =>
  writeEmpty(
    quietSince === null
      ? 'Nothing is open. There has never been an alert.'
      : html`Nothing is open. Quiet since <time datetime="${quietSince}">${moment(new Date(quietSince))} UTC</time>.`,
  )

const writeSpans = (span: 'day' | 'week'): Html => {
  const link = (to: 'day' | 'week', name: string) =>
    html`<a href="/admin?span=${to}#refusals"${to === span ? html` aria-current="true"` : null}>${name}</a>`
  return html`<span class="choice">${link('day', '24 hours')} ${link('week', '7 days')}</span>`
}

function writeSources(
  { lastHour, lastDay }: { readonly lastHour: Sources; readonly lastDay: Sources },
  suspects: ReadonlySet<string>,
): Html {
  const networks = [...new Set([...lastHour, ...lastDay].map(({ network }) => network))]
  if (networks.length === 0) return writeEmpty('Nothing was refused within 24 hours.')
  const rows = networks.slice(0, maxSources).map((network) => {
    const [hour, day] = [lastHour, lastDay].map((sources) =>
      sources.find((one) => one.network === network),
    )
    const numbers = [hour?.refusals, day?.refusals, day?.failedLogIns]
    return [writeNetwork(network, suspects), ...numbers.map((count) => String(count ?? 0))]
  })
  const table = writeTable({
    caption: 'Refusals by network',
    head: ['Network', 'Last hour', '24 hours', 'Log-ins'],
    numbers: [1, 2, 3],
    rows,
  })
  return html`${table}<p class="hint">Counted by quarters of an hour: the last hour is 60 to 75 minutes.</p>`
}

/** A network, with the addresses in it that an alert is about or that are closed. */
function writeNetwork(network: string, suspects: ReadonlySet<string>): Html {
  if (network === '') return html`<span class="quiet">elsewhere</span>`
  const inside = [...suspects].filter((one) => networkOf(one.split('/')[0] ?? '') === network)
  const marks = inside
    .slice(0, 3)
    .map((one) => html`<span class="chip" data-kind="warning">${one}</span> `)
  const more =
    inside.length > marks.length ? html`and ${String(inside.length - marks.length)} more` : null
  return html`<code>${network}</code>${inside.length === 0 ? null : html`<p class="marks">${marks}${more}</p>`}`
}

function writeRefusals({ steps, stepMinutes }: Refusals): Html {
  const failed = steps.map(({ at, failedLogIns: count }) => ({ at, count }))
  const others = steps.map(({ at, others: count }) => ({ at, count }))
  const rows = steps
    .filter((step) => step.failedLogIns + step.others > 0)
    .map((step) => [
      `${moment(new Date(step.at))} UTC`,
      String(step.failedLogIns),
      String(step.others),
    ])
  const table = writeTable({
    caption: 'Refusals over time',
    head: ['From', 'Failed log-ins', 'Others'],
    numbers: [1, 2],
    rows,
  })
  return html`<div class="charts">
      ${writeChart({ name: 'failed', title: 'Failed log-ins', bars: failed, stepMinutes, kind: 'alarm' })}
      ${writeChart({ name: 'others', title: 'Other refusals', bars: others, stepMinutes, kind: 'plain' })}
    </div>
    <details class="numbers">
      <summary>The same as a table</summary>
      ${rows.length > 0 ? table : writeEmpty('Nothing was refused.')}
    </details>`
}
