import { execFileSync } from 'node:child_process'
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printPublication } from './new-router/edit-event-types.ts'
import { readNames } from './new-router/names.ts'
import { planRouter, schemaFile } from './new-router/plan-router.ts'
import { refuseUnmigrated } from './new-router/refuse-unmigrated.ts'
import { failWith, SetupError } from './setup-error.ts'

const root = join(import.meta.dirname, '../../..')

/** `pnpm new:router NAME`: a guarded router with its model, migration, permissions and samples. */
async function addRouter(): Promise<void> {
  const names = readNames(...readWords())
  const plan = await planRouter(names, read)
  await refuseUnmigrated(join(root, schemaFile, '..'), plan.get(schemaFile) ?? '')
  for (const [file, text] of plan) await writeFile(join(root, file), text)
  run('packages/database/generate-client.ts')
  // In a process of its own: the policies follow from owned-models as it is on disk by now.
  run('tooling/development/src/database.ts', 'diff', names.table)
  await appendFile(await newestMigration(), printPublication(names))
  const sources = [...plan.keys()].filter((file) => file.endsWith('.ts'))
  run('node_modules/@biomejs/biome/bin/biome', 'check', '--write', '--log-level=error', ...sources)
  run('apps/api/generate-docs.ts')
  const written = [...plan.keys(), 'docs/access-matrix.md']
  console.log(`Written:\n  ${written.join('\n  ')}\nNext: pnpm db:migrate, pnpm check, pnpm test`)
}

function readWords(): readonly [name: string | undefined, singular: string | undefined] {
  try {
    const options = { singular: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    if (positionals.length > 1) throw new Error('One name at a time.')
    return [positionals[0], values.singular]
  } catch (error) {
    throw new SetupError(String(error), 'pnpm new:router NAME [--singular NAME]')
  }
}

async function newestMigration(): Promise<string> {
  const folder = join(root, schemaFile, '../migrations')
  const names = (await readdir(folder)).filter((name) => /^\d/.test(name)).toSorted()
  return join(folder, names.at(-1) ?? '', 'migration.sql')
}

const read = (file: string) => readFile(join(root, file), 'utf8').catch(() => null)

function run(script: string, ...words: readonly string[]): void {
  execFileSync(process.execPath, [join(root, script), ...words], { cwd: root, stdio: 'inherit' })
}

await addRouter().catch(failWith)
