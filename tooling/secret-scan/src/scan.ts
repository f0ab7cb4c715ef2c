import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findSecrets } from './find-secrets.ts'
import { listHistory, listTree } from './list-texts.ts'

/** `pnpm secrets:scan [--root FOLDER]`: whether a secret stands in the tree, or stood in any version of it; exit code 1 where one does. */
async function scan(root: string): Promise<void> {
  let texts = 0
  let secrets = 0
  for (const list of [listTree, listHistory]) {
    for await (const found of list(root)) {
      texts += 1
      for (const { path, line, rule, blob } of await findSecrets(found)) {
        secrets += 1
        const where = blob === null ? '' : ` of the blob ${blob}`
        console.error(`${path}:${line}${where}: ${rule}`)
      }
    }
  }
  console.log(`${texts} texts, ${secrets} secrets.`)
  if (secrets > 0) process.exitCode = 1
}

const { values } = parseArgs({ options: { root: { type: 'string' } } })
await scan(values.root ?? join(import.meta.dirname, '../../..')).catch((error: unknown) => {
  console.error(`Nothing was scanned: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
})
