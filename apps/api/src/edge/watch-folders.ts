import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'

// Two files are seldom written at once; a pair is read when both have come to rest.
const settleMs = 250

/**
 * Calls back after something changed in the folders of these files: Kubernetes and certbot swap links beside
 * the files, and write none of them. Returns how to stop.
 */
export function watchFolders(files: readonly string[], onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(onChange, settleMs).unref()
  }
  const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder) =>
    open(folder, soon),
  )
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}

/** None where the system cannot watch: who asks looks again by the clock, too. */
function open(folder: string, onChange: () => void): FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, onChange)
    return [watcher.on('error', () => watcher.close())]
  } catch {
    return []
  }
}
