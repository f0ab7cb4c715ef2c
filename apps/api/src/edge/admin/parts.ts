import type { z } from 'zod'
import type { alert, blockedAddress } from '../../platform-outputs.ts'
import { type Html, html } from '../html.ts'
import { writeTime } from './times.ts'

export type Alert = z.output<typeof alert>
export type BlockedAddress = z.output<typeof blockedAddress>

/** `2 alerts`, `1 alert`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/** A severity as a word, which a colour only repeats. */
export const writeSeverity = (severity: string): Html =>
  html`<span class="chip" data-kind="${severity}">${severity}</span>`

/** What is said where there is nothing to list. */
export const writeEmpty = (words: string | Html): Html => html`<p class="empty">${words}</p>`

export interface Table {
  readonly caption: string
  readonly head: readonly string[]
  /** Which of them hold numbers. */
  readonly numbers?: readonly number[]
  readonly rows: readonly (readonly (string | Html)[])[]
}

/** A table that scrolls by itself where it is wide, by the keyboard too. */
export function writeTable({ caption, head, numbers = [], rows }: Table): Html {
  const kind = (index: number) => (numbers.includes(index) ? html` class="number"` : null)
  const line = (cells: Table['rows'][number]) =>
    html`<tr>${cells.map((cell, index) =>
      index === 0
        ? html`<th scope="row"${kind(index)}>${cell}</th>`
        : html`<td${kind(index)}>${cell}</td>`,
    )}</tr>`
  return html`<div class="table" role="region" tabindex="0" aria-label="Table: ${caption}">
      <table>
        <caption class="unseen">${caption}</caption>
        <thead><tr>${head.map((cell, index) => html`<th scope="col"${kind(index)}>${cell}</th>`)}</tr></thead>
        <tbody>${rows.map(line)}</tbody>
      </table>
    </div>`
}

/** The alerts, each with what can be done about it. */
export const writeAlerts = (alerts: readonly Alert[], now: Date, returnTo: string): Html => html`
  <ol class="alerts">${alerts.map((one) => writeAlert(one, now, returnTo))}</ol>`

function writeAlert(one: Alert, now: Date, returnTo: string): Html {
  const { id, severity, summary, subject, count, firstAt, lastAt, status } = one
  return html`
    <li data-kind="${severity}" data-status="${status}">
      <div class="what">
        <p class="meta">${writeSeverity(severity)} <span>${status}</span></p>
        <h3><a href="/admin/alerts/${id}">${summary}</a></h3>
        <p class="meta">
          ${subject === null ? null : html`<code>${subject}</code> · `}${counted(count, 'time')} ·
          since ${writeTime(firstAt, now)} · last ${writeTime(lastAt, now)}
        </p>
      </div>
      <div class="deeds">${writeAlertForms(one, returnTo)}</div>
    </li>`
}

/** What is still to be said of an alert. */
export function writeAlertForms({ id, status, summary }: Alert, returnTo: string): Html {
  const form = (verb: 'acknowledge' | 'resolve', label: string) => html`
    <form method="post" action="/admin/alerts/${id}/${verb}">
      <input type="hidden" name="returnTo" value="${returnTo}" />
      <button type="submit" class="plain">${label} <span class="unseen">${summary}</span></button>
    </form>`
  if (status === 'resolved') return html`<p class="quiet">Resolved</p>`
  return html`${status === 'open' ? form('acknowledge', 'Acknowledge') : null}${form('resolve', 'Resolve')}`
}

/** The addresses that are closed, each with the form that opens it. */
export const writeBlocks = (
  blocks: readonly BlockedAddress[],
  now: Date,
  returnTo: string,
): Html => html`
  <ul class="blocks">${blocks.map(
    ({ address, reason, count, blockedUntil }) => html`
    <li>
      <div>
        <code>${address}</code>
        <p class="meta">${named(reason)} · ${counted(count, 'time')} · opens ${writeTime(blockedUntil, now)}</p>
      </div>
      ${writeUnblock(address, returnTo)}
    </li>`,
  )}</ul>`

export const writeUnblock = (address: string, returnTo: string): Html => html`
  <form method="post" action="/admin/blocked-addresses/unblock">
    <input type="hidden" name="address" value="${address}" />
    <input type="hidden" name="returnTo" value="${returnTo}" />
    <button type="submit" class="plain">Unblock <span class="unseen">${address}</span></button>
  </form>`

/** `failed_log_ins` as words: `failed log-ins`. */
export const named = (rule: string): string =>
  rule.replaceAll('_', ' ').replace(/\blog in(s?)\b/, 'log-in$1')

/** The way to what is older, or otherwise further on. */
export function writeNext(
  path: string,
  query: Readonly<Record<string, string>>,
  cursor: string | null,
  words = 'Older',
) {
  if (cursor === null) return null
  return html`<p class="next"><a href="${path}?${new URLSearchParams({ ...query, cursor }).toString()}">${words}</a></p>`
}
