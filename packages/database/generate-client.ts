import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const schema = join(import.meta.dirname, 'prisma/schema.prisma')
const generated = join(import.meta.dirname, 'src/generated/internal/class.ts')

/** Whether the client was made from the schema as it stands: it carries a copy, in columns of Prisma's own. */
function isFresh(): boolean {
  if (!existsSync(generated)) return false
  const copy = alike(JSON.stringify(readFileSync(schema, 'utf8')))
  return alike(readFileSync(generated, 'utf8')).includes(copy)
}

const alike = (text: string) => text.replaceAll(/ +/g, ' ')

function generate(): void {
  const cli = join(
    dirname(createRequire(import.meta.url).resolve('prisma/package.json')),
    'build/index.js',
  )
  execFileSync(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      // `prisma generate` checks that a schema engine exists but does not run it; naming this very
      // file keeps it from downloading one (docs/seams.md).
      PRISMA_SCHEMA_ENGINE_BINARY: import.meta.filename,
      CHECKPOINT_DISABLE: '1',
    },
  })
}

// At installation, and before every command that needs it: a pull may have brought another schema.
if (!isFresh()) generate()
