import { parseArgs } from 'node:util'
import { createAuditVerifier } from '@repo/audit'
import { openDatabase } from '@repo/database'
import { explainDatabaseError } from './explain-database-error.ts'
import { joinPostgres } from './open-postgres.ts'
import { readSecrets } from './read-secrets.ts'
import { explainWords, failWith, SetupError } from './setup-error.ts'
import { readArguments } from './state-folder.ts'

const usage =
  'npx pnpm@12 audit:verify [--since 2026-11-01] [--head HASH], with DATABASE_PLATFORM_URL or beside pnpm dev'

/** `pnpm audit:verify`: whether the audit log is as it was sealed; exit code 1, and what is not, where it is not. */
async function verifyAudit(): Promise<void> {
  const { since, head, state } = readOptions()
  await readSecrets()
  const { url, stop } = await findPlatform(state)
  const database = openDatabase({ url: patient(url), maxConnections: 1 })
  try {
    const verdict = await createAuditVerifier(database)
      .verify({ ...(since && { since }), ...(head !== undefined && { knownHead: head }) })
      .catch((error) => explainDatabaseError(error, 'The database of DATABASE_PLATFORM_URL'))
    for (const { partition, firstId, lastId, problem } of verdict.findings) {
      console.log(`${partition}: events ${firstId} to ${lastId}: ${problem}`)
    }
    console.log(
      `${verdict.events} events read, ${verdict.unsealed} not sealed yet, ${verdict.seals} seals. Head: ${verdict.head ?? 'none'}`,
    )
    if (verdict.findings.length > 0) process.exitCode = 1
  } finally {
    await database.close()
    await stop()
  }
}

function readOptions() {
  const { values } = parse()
  const since = values.since === undefined ? null : new Date(values.since)
  const isWrong = since !== null && Number.isNaN(since.getTime())
  if (isWrong || (values.head !== undefined && !/^[0-9a-f]{64}$/.test(values.head))) {
    throw new SetupError(
      '--since takes a date, and --head the hash that was printed before.',
      usage,
    )
  }
  return { since, head: values.head, state: values.state }
}

function parse() {
  const text = { type: 'string' } as const
  return explainWords(usage, () => parseArgs({ options: { since: text, head: text, state: text } }))
}

/** Reading all of it takes longer than a request's statement may. */
function patient(url: string): string {
  const longer = new URL(url)
  const options = longer.searchParams.get('options') ?? ''
  longer.searchParams.set('options', `${options} -c statement_timeout=1h`.trim())
  return longer.href
}

/** The platform's role reads the audit log; it needs no other. */
async function findPlatform(state: string | undefined) {
  const given = process.env['DATABASE_PLATFORM_URL']
  if (given) return { url: given, stop: async () => {} }
  if (process.env['DATABASE_URL']) {
    throw new SetupError(
      'DATABASE_PLATFORM_URL, whose role reads the audit log, is missing.',
      usage,
    )
  }
  const { folder } = readArguments(state === undefined ? [] : ['--state', state])
  const { platformUrl, stop } = await joinPostgres(folder)
  if (platformUrl === null)
    throw new SetupError('There is no role that reads the audit log.', usage)
  return { url: platformUrl, stop }
}

await verifyAudit().catch(failWith)
process.exit()
