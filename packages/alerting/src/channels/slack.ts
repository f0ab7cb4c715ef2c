import type { Outbound } from '@repo/outbound'
import { type AlertChannel, alertUrlOf, type DeliverableAlert, describeTimes } from '../alert.ts'
import { reportFailure } from '../delivery-failed.ts'

export interface SlackOptions {
  /** Of an incoming webhook; it is all the secret there is. */
  readonly url: string
}

interface Surroundings {
  readonly outbound: Outbound
  readonly baseUrl: string
}

// The whole text stays below 3000, with the link in it.
const maxTextLength = 2_500

/** A message of an incoming webhook of Slack, or of what understands it: Mattermost, Rocket.Chat, Discord's /slack. */
export function createSlackChannel(
  { url }: SlackOptions,
  { outbound, baseUrl }: Surroundings,
): AlertChannel {
  return {
    key: 'slack',
    name: 'slack',
    deliver(alert, signal) {
      const body = JSON.stringify({
        text: `${describe(alert)}\n${alertUrlOf(baseUrl, alert)}`,
        mrkdwn: false,
        unfurl_links: false,
        unfurl_media: false,
      })
      const headers = { 'content-type': 'application/json' }
      return reportFailure('slack', outbound.post(url, { body, headers, signal }))
    },
  }
}

function describe(alert: DeliverableAlert): string {
  const { severity, rule, summary, subject } = alert
  const lines = [`[${severity}] ${rule}`, summary, ...(subject === null ? [] : [subject])]
  return cutEscaped([...lines, describeTimes(alert)].map(escapeText).join('\n'))
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** So that nobody is called and nothing is linked: `<!channel>`, `<https://…|text>`, `@channel`, `[text](https://…)`. */
const escapeText = (text: string) =>
  text
    .replace(/[&<>]/g, (character) => entities[character] ?? '')
    // Mattermost knows these two; a zero-width space comes between.
    .replace(/\B@/g, '@\u200b')
    .replaceAll('](', ']\u200b(')

/** Cuts between characters and entities, and not inside of one. */
function cutEscaped(text: string): string {
  if (text.length <= maxTextLength) return text
  return `${text.slice(0, maxTextLength - 1).replace(/(?:&[a-z]*|\p{Cs})$/u, '')}…`
}
