import { rename, writeFile } from 'node:fs/promises'

/** Replaces a JSON file in one step, readable by its owner alone: it is never seen half-written. */
export async function writePrivateFile(path: string, value: unknown): Promise<void> {
  const next = `${path}.next`
  await writeFile(next, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(next, path)
}
