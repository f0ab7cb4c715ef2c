import { mkdir, readFile, rename, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Whose text is another's to keep. */
const kept: ReadonlySet<string> = new Set(['LICENSE', 'template.json'])

export interface Renamed {
  readonly files: number
  readonly paths: number
}

/** Puts every text of a tree, and every path, through a renaming; what holds a NUL is no text. */
export async function renameTree(
  root: string,
  paths: readonly string[],
  change: (text: string) => string,
): Promise<Renamed> {
  let [files, moved] = [0, 0]
  for (const path of paths.filter((each) => !kept.has(each))) {
    const content = await readFile(join(root, path))
    const text = content.includes(0) ? null : content.toString('utf8')
    const changed = text === null ? null : change(text)
    if (changed !== null && changed !== text) {
      // Its mode stays.
      await writeFile(join(root, path), changed)
      files += 1
    }
    const target = change(path)
    if (target !== path) {
      await move(root, path, target)
      moved += 1
    }
  }
  return { files, paths: moved }
}

async function move(root: string, path: string, target: string): Promise<void> {
  const isTaken = await stat(join(root, target)).then(
    () => true,
    () => false,
  )
  if (isTaken) throw new Error(`${target} is there already: ${path} cannot be called so.`)
  await mkdir(join(root, dirname(target)), { recursive: true })
  await rename(join(root, path), join(root, target))
  // Only where it was the last one.
  await rmdir(join(root, dirname(path))).catch(() => {})
}
