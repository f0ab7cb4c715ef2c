import { chmod, lchown, lstat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { SetupError } from '../setup-error.ts'
import { copyTree } from './copy-tree.ts'

/** What a server makes anew, or must not find (PostgreSQL documentation, 25.3.4). */
const leftOut =
  /^(pg_(wal|dynshmem|notify|replslot|serial|snapshots|stat_tmp|subtrans)\/|postmaster\.(pid|opts)$)|(^|\/)(pgsql_tmp|pg_internal\.init)/

/**
 * A base backup of the server that an administrator's URL leads to, whose data this machine has, while it serves: a copy
 * that is whole only with the write-ahead log from its start to its end, which the server has to archive. SetupError where it does not.
 */
export async function takeBackup({
  adminUrl,
  to,
}: {
  adminUrl: string
  to: string
}): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const data = await requireArchive(client)
    // Until the connection ends the server keeps what the copy needs.
    await client.query(`SELECT pg_backup_start('rampart', fast => true)`)
    await copyTree(data, to, (path) => leftOut.test(path))
    const { rows } = await client.query('SELECT labelfile, spcmapfile FROM pg_backup_stop()')
    const [{ labelfile = '', spcmapfile = '' } = {}] = rows
    await writeBeside(to, 'backup_label', labelfile)
    if (spcmapfile) await writeBeside(to, 'tablespace_map', spcmapfile)
  } finally {
    await client.end()
  }
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
  const isHere = await lstat(data).then(
    () => true,
    () => false,
  )
  if (isHere) return data
  throw new SetupError(
    `The server's data, ${data}, is not on this machine.`,
    'Run this where it is; of a managed server the provider keeps backups.',
  )
}

/** As the server's user owns it. */
export async function writeBeside(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name)
  await writeFile(path, text, { mode: 0o600 })
  await chmod(path, 0o600)
  const { uid, gid } = await lstat(folder)
  if (process.getuid?.() === 0) await lchown(path, uid, gid)
}
