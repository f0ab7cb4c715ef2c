import { execFile } from 'node:child_process'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { SetupError } from '../setup-error.ts'
import { copyTree, isThere, writeBeside } from './copy-tree.ts'

/** What a server makes anew, or must not find (PostgreSQL documentation, 25.3.4). */
const leftOut =
  /^(pg_(wal|dynshmem|notify|replslot|serial|snapshots|stat_tmp|subtrans)\/|(postmaster\.(pid|opts)|(standby|recovery)\.signal)$)|(^|\/)(pgsql_tmp|pg_internal\.init)/

/**
 * A base backup of the server that an administrator's URL leads to, whose data this machine has, while it serves: a copy
 * that is whole only with the write-ahead log from its start to its end, which the server has to archive. SetupError where it does not.
 */
export async function takeBackup({ adminUrl, to }: TakeOptions): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  const partial = `${to}.partial`
  try {
    const data = await requireArchive(client)
    if (await isThere(to)) {
      throw new SetupError(
        `${to} is there already; nothing of it is touched.`,
        'Name a new folder.',
      )
    }
    await rm(partial, { recursive: true, force: true })
    // Until the connection ends the server keeps what the copy needs.
    await client.query(`SELECT pg_backup_start('rampart', fast => true)`)
    await copyTree(data, partial, (path) => leftOut.test(path))
    // It waits for the archive, and tells in its own log of one that fails.
    const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop()')
    await writeBeside(partial, 'backup_label', String(rows[0]?.labelfile))
    await promisify(execFile)('sync')
    await rename(partial, to)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  } finally {
    await client.end()
  }
}

interface TakeOptions {
  /** A superuser's. */
  readonly adminUrl: string
  /** A folder that is not there yet: it appears when it is whole. */
  readonly to: string
}

async function requireArchive(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `SELECT current_setting('archive_mode') AS mode, current_setting('data_directory') AS data`,
  )
  const [{ mode = '', data = '' } = {}] = rows
  if (mode === 'off') {
    throw new SetupError(
      'The server archives no write-ahead log: a base backup would be good for nothing.',
      'Set archive_mode and archive_command (docs/operations.md, "Backups"), and start it again.',
    )
  }
  if (!(await isThere(data))) {
    throw new SetupError(
      `The server's data, ${data}, is not on this machine.`,
      'Run this where it is; of a managed server the provider keeps backups.',
    )
  }
  if ((await readdir(join(data, 'pg_tblspc'))).length > 0) {
    throw new SetupError(
      'The server has tablespaces, which this copies none of.',
      'Take pg_basebackup.',
    )
  }
  return data
}
