import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { restoreBackup } from './backup/restore-backup.ts'
import { takeBackup } from './backup/take-backup.ts'
import { failWith, SetupError } from './setup-error.ts'

const usages = {
  take: 'DATABASE_ADMIN_URL=… npx pnpm@12 db:backup NEW_FOLDER',
  restore:
    'npx pnpm@12 db:restore BACKUP --wal ARCHIVE --to NEW_DATA_FOLDER [--until 2026-11-28T12:00:00Z]',
}

/** `pnpm db:backup` and `pnpm db:restore`: of a server of one's own, while it serves, and back to any moment since. */
async function run([command = '', ...words]: readonly string[]): Promise<void> {
  if (command === 'take') await take(words)
  else await restore(words)
}

async function take([folder, ...others]: readonly string[]): Promise<void> {
  const adminUrl = process.env['DATABASE_ADMIN_URL']
  if (!(adminUrl && folder) || others.length > 0) {
    throw new SetupError('DATABASE_ADMIN_URL and a folder are needed.', usages.take)
  }
  await takeBackup({ adminUrl, to: resolve(folder) })
  console.log(`Backed up to ${resolve(folder)}.`)
}

async function restore(words: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values, positionals } = parse(() =>
    parseArgs({
      args: [...words],
      options: { wal: text, to: text, until: text },
      allowPositionals: true,
    }),
  )
  const [backup, ...others] = positionals
  const { wal, to, until } = values
  if (!(backup && wal && to) || others.length > 0) {
    throw new SetupError('A backup, --wal and --to are needed.', usages.restore)
  }
  const moment = until === undefined ? undefined : new Date(until)
  if (moment && Number.isNaN(moment.getTime())) {
    throw new SetupError('--until takes a time.', usages.restore)
  }
  const [from, log, target] = [resolve(backup), resolve(wal), resolve(to)]
  await restoreBackup({ backup: from, wal: log, to: target, ...(moment && { until: moment }) })
  console.log(`Start a server on ${target}: it goes through the log, and then serves.`)
  console.log('It archives nothing until archive_mode is on again, into a folder of its own.')
}

function parse<Parsed>(read: () => Parsed): Parsed {
  try {
    return read()
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new SetupError(said, usages.restore, { cause: error })
  }
}

await run(process.argv.slice(2)).catch(failWith)
process.exit()
