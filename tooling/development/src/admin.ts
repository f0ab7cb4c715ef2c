import { createPlatformAdmin } from './create-platform-admin.ts'
import { migrate } from './migrate.ts'
import { joinPostgres } from './open-postgres.ts'
import { readBaseUrl, readPort } from './port.ts'
import { readSecrets } from './read-secrets.ts'
import { failWith } from './setup-error.ts'
import { readArguments } from './state-folder.ts'

/** `pnpm admin:create EMAIL`: the first platform admin of an installation, by a link that is good once. */
async function createAdmin(): Promise<void> {
  await readSecrets()
  const { words, folder } = readArguments(process.argv.slice(2))
  const postgres = await joinPostgres(folder)
  try {
    // A database of one's own is migrated by db:migrate alone.
    if (postgres.isEmbedded) await migrate(postgres)
    const baseUrl = process.env['BASE_URL'] || readBaseUrl(readPort(process.env['PORT']))
    const link = await createPlatformAdmin(postgres.ownerUrl, { email: words[0], baseUrl })
    console.log(
      `Follow this link within an hour to set the password; it is good once:\n\n  ${link}\n`,
    )
  } finally {
    await postgres.stop()
  }
}

await createAdmin().catch(failWith)
process.exit()
