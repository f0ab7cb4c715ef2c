import { inSpan } from '@repo/telemetry'

// Prisma writes its tables so; what callers bring stands in values, and never in the text.
const firstTable = /(?:from|into|update)\s+(?:"?public"?\.)?"?(\w{1,63})"?/i
const operation = /^\s*(select|insert|update|delete|with|begin|commit|rollback)\b/i
// Names that Prisma's statements get say nothing (statement-names.ts).
const generated = /^rampart_\d+$/

interface Statement {
  readonly name?: string | undefined
  readonly text: string
}

/** Runs a statement in a span with its name, or what it does with which table; never with a value. */
export function inStatementSpan<T>(statement: () => Statement, run: () => Promise<T>): Promise<T> {
  return inSpan(() => nameOf(statement()), { kind: 'client', attributes: system }, run)
}

const system = { 'db.system.name': 'postgresql' } as const

function nameOf({ name, text }: Statement): string {
  if (name !== undefined && name !== '' && !generated.test(name)) return name
  const does = operation.exec(text)?.[1]?.toUpperCase() ?? 'SQL'
  const table = firstTable.exec(text)?.[1]
  return table === undefined ? does : `${does} ${table}`
}
