import { escapeHtml } from '@repo/validation'
import type { Digest, DigestFinding, DigestSection } from './digest.ts'

export interface DigestMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Whether there is something that somebody should look at. */
export const isQuiet = ({ findings }: Pick<Digest, 'findings'>): boolean =>
  findings.every(({ severity }) => severity === 'info')

/** What it comes to, in a line. */
export function headlineOf({ findings }: Pick<Digest, 'findings'>): string {
  const worth = findings.filter(({ severity }) => severity !== 'info').length
  if (worth === 0) return 'A quiet week: nothing is out of the ordinary.'
  return worth === 1
    ? 'One thing is out of the ordinary.'
    : `${worth} things are out of the ordinary.`
}

/** A digest as a mail: the same in text and in HTML, what is out of the ordinary first. */
export function describeDigest(digest: Digest, baseUrl: string): DigestMail {
  const url = `${baseUrl}/admin/digest/${digest.week}`
  return {
    subject: `Week of ${digest.week} at ${new URL(baseUrl).host}: ${headlineOf(digest)}`,
    text: toText(digest, url),
    html: toHtml(digest, url),
  }
}

const changeOf = (count: number, before: number): string => {
  if (count === before) return 'as the week before'
  return `${count > before ? '+' : '−'}${Math.abs(count - before)} on the week before`
}

const tell = ({ severity, words }: DigestFinding) => `[${severity}] ${words}`

function toText(digest: Digest, url: string): string {
  const lines = [
    headlineOf(digest),
    '',
    ...digest.findings.map((finding) => `* ${tell(finding)}`),
    ...(digest.findings.length > 0 ? [''] : []),
    ...filled(digest).flatMap(({ title, rows }) => [
      title,
      ...rows.map(({ name, count, before, usual }) => {
        const ordinary = usual === null ? '' : `, usual ${usual}`
        return `  ${name}: ${count} (${changeOf(count, before)}${ordinary})`
      }),
      '',
    ]),
    ...digest.standing,
    '',
    url,
  ]
  return `${lines.join('\n')}\n`
}

const filled = ({ sections }: Digest): readonly DigestSection[] =>
  sections.filter(({ rows }) => rows.length > 0)

function toHtml(digest: Digest, url: string): string {
  const findings = digest.findings.map((finding) => `<li>${escapeHtml(tell(finding))}</li>`)
  const list = findings.length > 0 ? `<ul>${findings.join('')}</ul>` : ''
  const standing = digest.standing.map((words) => `<p>${escapeHtml(words)}</p>`)
  return `<!doctype html>
<html lang="en"><body>
<h1>${escapeHtml(headlineOf(digest))}</h1>
${list}
${filled(digest).map(toTable).join('\n')}
${standing.join('\n')}
<p><a href="${escapeHtml(url)}">${escapeHtml(url)}</a></p>
</body></html>
`
}

function toTable({ title, rows }: DigestSection): string {
  const cells = rows.map(({ name, count, before, usual }) =>
    [name, count, before, usual ?? '–']
      .map((cell) => `<td>${escapeHtml(String(cell))}</td>`)
      .join(''),
  )
  const head = ['', 'this week', 'the week before', 'usual']
    .map((cell) => `<th>${cell}</th>`)
    .join('')
  return `<h2>${escapeHtml(title)}</h2>
<table border="1" cellpadding="4" cellspacing="0"><tr>${head}</tr>${cells.map((row) => `<tr>${row}</tr>`).join('')}</table>`
}
