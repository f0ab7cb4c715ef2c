import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appRouter } from './src/routers/app-router.ts'
import { printAccessColumns, printAccessMatrix } from './test/support/access-matrix.ts'
import { printSecurityEvents } from './test/support/print-security-events.ts'
import { listProcedures } from './test/support/procedures.ts'

// `pnpm docs:generate` writes them; `--check` fails when one differs from the code.
const procedures = listProcedures(appRouter)
const documents = {
  'docs/access-matrix.md': printAccessMatrix(procedures),
  'apps/api/src/edge/admin/access-matrix.tsv': printAccessColumns(procedures),
  'docs/security-events.md': printSecurityEvents(),
}

for (const [name, text] of Object.entries(documents)) {
  const file = join(import.meta.dirname, '../..', name)
  if (!process.argv.includes('--check')) {
    await writeFile(file, text)
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`${name} differs from the code: run pnpm docs:generate\n`)
    process.exitCode = 1
  }
}
