import { type FSWatcher, watch } from 'node:fs'
import { sourceFolders } from './state-folder.ts'

const settleMs = 150

/** Calls back once for each burst of changes to the API's source files. */
export function watchSources(onChange: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined
  const watchers = sourceFolders.map((folder) =>
    watch(folder, { recursive: true }, (_event, file) => {
      if (!file || !isSource(file)) return
      clearTimeout(timer)
      timer = setTimeout(onChange, settleMs)
    }).on('error', warn),
  )
  return {
    close() {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}

/** Without reload all the rest still works: a system may have too few watches left. */
function warn(this: FSWatcher, error: Error): void {
  this.close()
  console.error(`Source files cannot be watched, so nothing reloads: ${error.message}`)
}

const isSource = (file: string) =>
  /src[\\/].*\.(ts|html|js)$/.test(file) && !/\.test\.ts$|node_modules/.test(file)
