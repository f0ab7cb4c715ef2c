import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { provisionDatabase, writeNextMigration } from '@repo/database/migrations'
import { guardNewTables } from '@repo/ownership'
import { writeCredentials } from './credentials.ts'
import { openEncryption } from './encryption-keys.ts'
import { explainDatabaseError } from './explain-database-error.ts'
import { migrate } from './migrate.ts'
import { joinPostgres, type OpenPostgres } from './open-postgres.ts'
import { readBaseUrl, readPort } from './port.ts'
import { readSecrets } from './read-secrets.ts'
import { findRunningPostgres } from './running-postgres.ts'
import { seed } from './seed.ts'
import { failWith, SetupError } from './setup-error.ts'
import { readArguments } from './state-folder.ts'
import { warnOfBreakingSteps } from './warn-of-breaking-steps.ts'

const { words, folder } = readArguments(process.argv.slice(2))

const commands: Readonly<Record<string, (name: string | undefined) => Promise<void>>> = {
  migrate: () =>
    withPostgres(async (postgres) => {
      const applied = await migrate(postgres)
      console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'Nothing to apply.')
    }),

  async diff(name) {
    if (!name || !/^[a-z][a-z0-9_]{0,60}$/.test(name)) {
      throw new SetupError(
        'A migration needs a name.',
        'Give one: npx pnpm@12 db:diff add_invoices',
      )
    }
    const guard = (sql: string) => explainUnlisted(() => guardNewTables(sql))
    const folder = await writeNextMigration(name, { guard })
    console.log(folder ? `Wrote ${folder}. Then: npx pnpm@12 db:migrate` : 'Nothing changed.')
    if (folder) await warnOfBreakingSteps(join(folder, 'migration.sql'))
  },

  seed: () =>
    withPostgres(async (postgres) => {
      await migrate(postgres)
      const baseUrl = readBaseUrl(readPort(process.env['PORT']))
      const encryption = await openEncryption(folder)
      await writeCredentials(folder, await seed(postgres.ownerUrl, { baseUrl, encryption }))
      console.log(`The log-ins are in ${folder.credentials}.`)
    }),

  async reset() {
    if (process.env['DATABASE_URL']) {
      throw new SetupError(
        'DATABASE_URL names a database of yours; it is not deleted from here.',
        'Unset it to reset the embedded one.',
      )
    }
    if ((await findRunningPostgres(folder)) !== null) {
      throw new SetupError(
        'The embedded Postgres is running, so its data are not deleted.',
        'Stop pnpm dev (Ctrl-C in its terminal), then run this again.',
      )
    }
    // By name: a folder given by mistake keeps what is not ours.
    const { postgres, state, credentials, outbox, files } = folder
    for (const path of [postgres, state, credentials, outbox, files]) {
      await rm(path, { recursive: true, force: true })
    }
    console.log('The embedded database is gone; the next pnpm dev makes a new one.')
  },

  studio: () =>
    withPostgres(async ({ ownerUrl }) => {
      const cli = join(
        dirname(createRequire(import.meta.url).resolve('prisma/package.json')),
        'build/index.js',
      )
      const child = spawn(process.execPath, [cli, 'studio', '--url', ownerUrl], {
        stdio: 'inherit',
      })
      await once(child, 'exit')
    }),

  async provision() {
    const { DATABASE_ADMIN_URL: adminUrl, DATABASE_OWNER_URL: ownerUrl } = process.env
    const { DATABASE_URL: appUrl, DATABASE_WORKER_URL: workerUrl } = process.env
    const platformUrl = process.env['DATABASE_PLATFORM_URL'] || null
    if (!adminUrl || !ownerUrl || !appUrl || !workerUrl) {
      throw new SetupError(
        'Provisioning needs DATABASE_ADMIN_URL, DATABASE_OWNER_URL, DATABASE_URL and DATABASE_WORKER_URL.',
        'The last three log in as rampart_owner, rampart_app and rampart_worker, and DATABASE_PLATFORM_URL, which can be left out, as rampart_platform; their passwords are set.',
      )
    }
    await provisionDatabase({ adminUrl, ownerUrl, appUrl, workerUrl, platformUrl }).catch((error) =>
      explainDatabaseError(error, 'The database of DATABASE_ADMIN_URL'),
    )
    console.log('The roles are there and the database belongs to rampart_owner.')
  },

  /** What an image does before each start of the others. */
  async install() {
    await commands['provision']?.(undefined)
    await commands['migrate']?.(undefined)
  },
}

function explainUnlisted(guard: () => string): string {
  try {
    return guard()
  } catch (error) {
    throw new SetupError(
      error instanceof Error ? error.message : String(error),
      'Say it there, then run this again; no migration was written.',
      { cause: error },
    )
  }
}

async function withPostgres(task: (postgres: OpenPostgres) => Promise<void>): Promise<void> {
  const postgres = await joinPostgres(folder)
  try {
    await task(postgres)
  } finally {
    await postgres.stop()
  }
}

const [name = '', argument] = words
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command) {
  await readSecrets()
    .then(() => command(argument))
    .catch(failWith)
} else failWith(new SetupError(`There is no command ${name}.`, Object.keys(commands).join(', ')))
// The schema engine's ten seconds of patience with a lock go on after it has the lock.
process.exit()
