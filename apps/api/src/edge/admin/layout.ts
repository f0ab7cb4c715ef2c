import { type Html, html } from '../html.ts'
import { page, plainPage } from '../page.ts'
import { clock } from './times.ts'
import type { AdminVisit, Overview } from './visit.ts'

/** Its own script refreshes the page, and nothing else runs; forms go to ourselves. */
export const adminPage = page({
  ...plainPage,
  'script-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
})

const sections: readonly {
  readonly path: string
  readonly name: string
  readonly count?: (overview: Overview) => number
}[] = [
  { path: '/admin', name: 'Now' },
  { path: '/admin/alerts', name: 'Alerts', count: ({ openAlerts }) => openAlerts },
  { path: '/admin/sessions', name: 'Sessions' },
  { path: '/admin/keys', name: 'Keys', count: ({ dueKeys }) => dueKeys },
  { path: '/admin/jobs', name: 'Jobs', count: ({ deadLetters }) => deadLetters },
  { path: '/admin/audit', name: 'Audit log' },
  { path: '/admin/access', name: 'Access' },
  { path: '/admin/digest', name: 'Digest' },
]

/** What a form has done, as the page says it after the way back. */
const deeds: Readonly<Record<string, string>> = {
  acknowledged: 'The alert is acknowledged.',
  resolved: 'The alert is resolved.',
  opened: 'The address is open again.',
  loggedOut: 'Every session and grant of the user has ended.',
}

export interface AdminPage {
  readonly title: string
  /** Which of the sections it is of. */
  readonly section: string
  readonly content: Html
  /** Whether it refreshes itself. */
  readonly isLive?: boolean
}

/** A page of the administrators', with the way to the others. */
export function writeAdminPage(
  { admin, overview, now, fields }: Pick<AdminVisit, 'admin' | 'overview' | 'now' | 'fields'>,
  { title, section, content, isLive = false }: AdminPage,
): string {
  const asked = fields['done'] ?? ''
  const done = Object.hasOwn(deeds, asked) ? deeds[asked] : undefined
  return writeFrame(
    title,
    html`<header class="head">
      <p class="product"><a href="/admin">Rampart</a> <span>Security</span></p>
      <nav aria-label="Security pages"><ul class="sections">${sections.map((one) => writeLink(one, { section, overview }))}</ul></nav>
      <form method="post" action="/admin/sign-out" class="who">
        <span>${admin.email}</span>
        <button type="submit" class="link">Sign out</button>
      </form>
    </header>
    <main id="content" tabindex="-1">
      <div class="title">
        <h1>${title}</h1>
        <div class="live">
          <p>As of <time datetime="${now.toISOString()}" data-live>${clock(now)} UTC</time></p>
          ${isLive ? html`<button type="button" class="plain" id="pause" hidden>Pause</button>` : null}
          <p class="unseen" role="status" id="news"></p>
        </div>
      </div>
      ${done === undefined ? null : html`<p class="notice" role="status">${done}</p>`}
      ${content}
    </main>`,
    isLive,
  )
}

function writeLink(
  { path, name, count }: (typeof sections)[number],
  { section, overview }: { readonly section: string; readonly overview: Overview },
): Html {
  const number = count?.(overview) ?? 0
  const badge =
    number === 0
      ? null
      : html` <span class="badge">${number >= 1_000 ? '999+' : String(number)}</span>`
  const current = path === section ? html` aria-current="page"` : null
  return html`<li><a href="${path}"${current}>${name}${badge}</a></li>`
}

/** A whole document under the policy above. */
export const writeFrame = (title: string, body: Html, isLive = false): string =>
  html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} – Rampart security</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/admin/page.css" />
    ${isLive ? html`<script src="/admin/live.js" defer></script>` : null}
  </head>
  <body>
    <a class="skip" href="#content">Skip to the content</a>
    ${body}
  </body>
</html>
`.text
