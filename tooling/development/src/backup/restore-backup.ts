import { appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from '../setup-error.ts'
import { copyTree, isThere, writeBeside } from './copy-tree.ts'

export const restoreUsage =
  'npx pnpm@12 db:restore BACKUP --wal ARCHIVE --to NEW_DATA_FOLDER [--until 2026-11-28T12:00:00Z]'

interface RestoreOptions {
  /** What takeBackup made, and where the write-ahead log is kept. */
  readonly backup: string
  readonly wal: string
  /** The data of a server that is not there yet. */
  readonly to: string
  /** The moment to go back to; without one as far as the log goes. */
  readonly until?: Date
}

/**
 * Puts a backup where a server will find it, and has it go through the log when it is started: up to the moment given, and
 * then it serves. SetupError where there is something already, or no backup.
 */
export async function restoreBackup({ backup, wal, to, until }: RestoreOptions): Promise<void> {
  if (!(await isThere(join(backup, 'backup_label')))) {
    throw new SetupError(`${backup} is no whole backup: it has no backup_label.`, restoreUsage)
  }
  if ((await readdir(to).catch(() => [])).length > 0) {
    throw new SetupError(
      `There is something in ${to} already; nothing of it is touched.`,
      restoreUsage,
    )
  }
  await copyTree(backup, to)
  const settings = [
    `restore_command = 'cp "${quoted(wal)}/%f" "%p"'`,
    // Of a server that was restored before, the moment of then would stand there still.
    `recovery_target_time = '${until?.toISOString().replace('Z', '+00') ?? ''}'`,
    `recovery_target_action = 'promote'`,
    // It is another server from here on, and does not write into the archive of the first.
    `archive_mode = 'off'`,
  ]
  await appendFile(join(to, 'postgresql.auto.conf'), `${settings.join('\n')}\n`)
  await writeBeside(to, 'recovery.signal', '')
}

/** In a setting's quotes, within a shell's. */
function quoted(path: string): string {
  if (/["'\\$`%\n]/.test(path))
    throw new SetupError(`${path} cannot stand in a command.`, restoreUsage)
  return path
}
