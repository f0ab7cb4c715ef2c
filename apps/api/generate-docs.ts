import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appRouter } from './src/routers/app-router.ts'
import { printAccessMatrix } from './test/support/access-matrix.ts'
import { listProcedures } from './test/support/procedures.ts'

// `pnpm docs:generate` writes docs/access-matrix.md; `--check` fails when it differs from the code.
const file = join(import.meta.dirname, '../../docs/access-matrix.md')
const text = printAccessMatrix(listProcedures(appRouter))
if (!process.argv.includes('--check')) {
  await writeFile(file, text)
} else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  process.stderr.write('docs/access-matrix.md differs from the code: run pnpm docs:generate\n')
  process.exitCode = 1
}
