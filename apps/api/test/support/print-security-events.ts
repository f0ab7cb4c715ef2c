import { type SecurityEventName, securityEvents } from '@repo/logging'
import { eventsOfActions, eventsOfRefusals } from '../../src/security-events/events-of-refusals.ts'
import { eventsOfSuccesses } from '../../src/security-events/events-of-successes.ts'
import { isTold, type ToldEvent } from '../../src/security-events/told-event.ts'

const head = `# Security events

The events of OWASP's Application Logging Vocabulary that the log tells of, and what each is told of. Written by
\`pnpm docs:generate\` from \`packages/logging/src/security-events.ts\` and \`apps/api/src/security-events\`. Each is one
line: \`event\` holds its name and, after a colon, what it says (\`-\` for what is unknown); \`requestId\` and \`traceId\`
lead to the line of its request, \`reason\` is the code of a refusal. Levels are the vocabulary's, CRITICAL as \`error\`;
what anybody can bring about at will is a warning.

| event | level | says | told of |
| --- | --- | --- | --- |
`

/** Told by the process and by what watches, not by these tables. */
const elsewhere: Partial<Readonly<Record<SecurityEventName, string>>> = {
  authn_login_lock: 'an address that is blocked',
  session_use_after_expire: 'a call with a session that is over',
  sys_crash: 'a start that failed, an error that nobody caught',
  sys_shutdown: 'a signal, a fault',
  sys_startup: 'an API or a worker that is ready',
}

/** docs/security-events.md. */
export function printSecurityEvents(): string {
  const rows = Object.entries(securityEvents).map(([name, { level, says }]) => {
    const event = name as SecurityEventName
    return `| \`${event}\` | ${level} | ${says.join(', ') || '–'} | ${toldOf(event)} |`
  })
  return `${head}${rows.join('\n')}\n\n## Told of nothing\n\n| what | why |\n| --- | --- |\n${untold().join('\n')}\n`
}

const tables: readonly (readonly [of: string, table: Readonly<Record<string, ToldEvent>>])[] = [
  ['', eventsOfSuccesses],
  ['refused: ', eventsOfRefusals],
  ...Object.entries(eventsOfActions).map(
    ([action, table]) => [`${action}, refused: `, table] as const,
  ),
]

function toldOf(event: SecurityEventName): string {
  const places = tables.flatMap(([of, table]) =>
    Object.entries(table)
      .filter(([, told]) => told === event)
      .map(([name]) => `${of}\`${name}\``),
  )
  return [...places, elsewhere[event] ?? []].flat().join(' · ')
}

const untold = () =>
  tables.flatMap(([of, table]) =>
    Object.entries(table).flatMap(([name, told]) =>
      isTold(told) ? [] : [`| ${of}\`${name}\` | ${told.none} |`],
    ),
  )
