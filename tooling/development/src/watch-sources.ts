import { type FSWatcher, watch } from 'node:fs'
import { sourceFolders } from './state-folder.ts'

const settleMs = 150

/** Calls back once for each burst of changes to the source files of the programs. */
export function watchSources(onChange: () => void, folders = sourceFolders): { close(): void } {
  let timer: NodeJS.Timeout | undefined
  let watchers = open()

  function open(): readonly FSWatcher[] {
    return folders.map((folder) =>
      watch(folder, { recursive: true }, (_event, file) => {
        if (!file || !isSource(file)) return
        clearTimeout(timer)
        timer = setTimeout(settle, settleMs)
      }).on('error', warn),
    )
  }

  // A file that was replaced, as editors and git do, is lost to the watcher that saw it.
  function settle(): void {
    close()
    watchers = open()
    onChange()
  }

  function close(): void {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
  return { close }
}

/** Without reload all the rest still works: a system may have too few watches left. */
function warn(this: FSWatcher, error: Error): void {
  this.close()
  console.error(`Source files cannot be watched, so nothing reloads: ${error.message}`)
}

const isSource = (file: string) =>
  /src[\\/].*\.(ts|html|js)$/.test(file) && !/\.test\.ts$|node_modules/.test(file)
