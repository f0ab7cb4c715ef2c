import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '../../..')

export const apiEntry = join(root, 'apps/api/src/main.ts')
export const workerEntry = join(root, 'apps/worker/src/main.ts')
export const rotationEntry = join(root, 'apps/worker/src/rotate.ts')
export const sourceFolders = [join(root, 'apps'), join(root, 'packages')]

/** Where development keeps everything, git-ignored; delete it to start over. */
export interface StateFolder {
  readonly path: string
  readonly postgres: string
  readonly state: string
  readonly credentials: string
  /** Where mails go instead of to people. */
  readonly outbox: string
  /** Where uploads go instead of to a bucket. */
  readonly files: string
}

/** `.dev/` of this checkout unless `--state FOLDER` names another; the rest are the command's words. */
export function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { state: { type: 'string' } },
    allowPositionals: true,
  })
  return { words: positionals, folder: stateFolderAt(values.state ?? join(root, '.dev')) }
}

const stateFolderAt = (path: string): StateFolder => ({
  path,
  postgres: join(path, 'postgres'),
  state: join(path, 'state.json'),
  credentials: join(path, 'credentials.json'),
  outbox: join(path, 'outbox'),
  files: join(path, 'files'),
})
