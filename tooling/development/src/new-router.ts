import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { readNames } from './new-router/names.ts'
import { planRouter, schemaFile } from './new-router/plan-router.ts'
import { refuseUnmigrated } from './new-router/refuse-unmigrated.ts'
import { writeMigration } from './new-router/write-migration.ts'
import { failWith, SetupError } from './setup-error.ts'

const root = join(import.meta.dirname, '../../..')

/** `pnpm new:router NAME`: a guarded router with its model, migration, permissions and samples. */
async function addRouter(): Promise<void> {
  const names = readNames(...readWords())
  const plan = await planRouter(names, read)
  const folder = join(root, schemaFile, '..')
  await refuseUnmigrated(folder, plan.get(schemaFile) ?? '')
  for (const [file, text] of plan) await writeFile(join(root, file), text)
  run('packages/database/generate-client.ts')
  const diff = (name: string) => run('tooling/development/src/database.ts', 'diff', name)
  const migration = relative(root, await writeMigration(folder, names, diff))
  const sources = [...plan.keys()].filter((file) => file.endsWith('.ts'))
  run('node_modules/@biomejs/biome/bin/biome', 'check', '--write', '--log-level=error', ...sources)
  run('apps/api/generate-docs.ts')
  const written = [...plan.keys(), migration, 'docs/access-matrix.md']
  console.log(`Written:\n  ${written.join('\n  ')}\nNext: pnpm db:migrate, pnpm check, pnpm test`)
}

function readWords(): readonly [name: string | undefined, singular: string | undefined] {
  try {
    const options = { singular: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    if (positionals.length > 1) throw new Error('One name at a time.')
    return [positionals[0], values.singular]
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    throw new SetupError(what, 'pnpm new:router NAME [--singular NAME]')
  }
}

const read = (file: string) => readFile(join(root, file), 'utf8').catch(() => null)

function run(script: string, ...words: readonly string[]): void {
  execFileSync(process.execPath, [join(root, script), ...words], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

await addRouter().catch(failWith)
