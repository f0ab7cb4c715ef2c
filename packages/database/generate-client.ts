import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

// `prisma generate` checks that a schema engine exists but does not run it; naming this very file
// keeps it from downloading one (docs/seams.md).
const require = createRequire(import.meta.url)
const cli = join(dirname(require.resolve('prisma/package.json')), 'build/index.js')
execFileSync(process.execPath, [cli, 'generate', '--no-hints'], {
  cwd: import.meta.dirname,
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: import.meta.filename,
    CHECKPOINT_DISABLE: '1',
  },
})
