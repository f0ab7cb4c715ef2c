import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { restoreBackup, restoreUsage } from './backup/restore-backup.ts'
import { takeBackup } from './backup/take-backup.ts'
import { explainWords, failWith, SetupError } from './setup-error.ts'

const takeUsage = 'DATABASE_ADMIN_URL=… npx pnpm@12 db:backup NEW_FOLDER'

/** `pnpm db:backup` and `pnpm db:restore`: of a server of one's own, while it serves, and back to any moment since. */
async function run([command = '', ...words]: readonly string[]): Promise<void> {
  if (command === 'take') await take(words)
  else await restore(words)
}

async function take([folder, ...others]: readonly string[]): Promise<void> {
  const adminUrl = process.env['DATABASE_ADMIN_URL']
  if (!(adminUrl && folder) || others.length > 0) {
    throw new SetupError('DATABASE_ADMIN_URL and a folder are needed.', takeUsage)
  }
  await takeBackup({ adminUrl, to: resolve(folder) })
  console.log(`Backed up to ${resolve(folder)}.`)
}

async function restore(words: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values, positionals } = explainWords(restoreUsage, () =>
    parseArgs({
      args: [...words],
      options: { wal: text, to: text, until: text },
      allowPositionals: true,
    }),
  )
  const [backup, ...others] = positionals
  const { wal, to, until } = values
  if (!(backup && wal && to) || others.length > 0) {
    throw new SetupError('A backup, --wal and --to are needed.', restoreUsage)
  }
  const moment = until === undefined ? undefined : new Date(until)
  if (moment && Number.isNaN(moment.getTime())) {
    throw new SetupError('--until takes a time.', restoreUsage)
  }
  const [from, log, target] = [resolve(backup), resolve(wal), resolve(to)]
  await restoreBackup({ backup: from, wal: log, to: target, ...(moment && { until: moment }) })
  console.log(`Start a server on ${target}: it goes through the log, and then serves.`)
  console.log('It archives nothing until archive_mode is on again, into a folder of its own.')
}

await run(process.argv.slice(2)).catch(failWith)
process.exit()
