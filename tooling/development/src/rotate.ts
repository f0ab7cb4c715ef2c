import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { readEncryptionKeys } from './encryption-keys.ts'
import { migrate } from './migrate.ts'
import { joinPostgres } from './open-postgres.ts'
import { failWith } from './setup-error.ts'
import { readArguments, rotationEntry, type StateFolder } from './state-folder.ts'

/** `pnpm secrets:rotate [NAME]`: in the installation that the environment names, or in that of development. */
async function rotate(): Promise<void> {
  const { words, folder } = splitState(process.argv.slice(2))
  const isGiven = ['DATABASE_WORKER_URL', 'SECRETS_ID'].some((variable) =>
    Object.entries(process.env).some(([name, value]) => name.startsWith(variable) && value),
  )
  await using development = isGiven ? null : await openDevelopment(folder)
  const child = spawn(process.execPath, [rotationEntry, ...words], {
    env: { ...process.env, ...development?.environment },
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  process.exitCode = typeof code === 'number' ? code : 1
}

/** The words of the rotation stay as they are, whatever they are. */
function splitState(args: readonly string[]) {
  const at = args.indexOf('--state')
  const state = at < 0 ? [] : args.slice(at, at + 2)
  const words = at < 0 ? args : args.toSpliced(at, 2)
  return { words, folder: readArguments(state).folder }
}

async function openDevelopment(folder: StateFolder) {
  const postgres = await joinPostgres(folder)
  if (postgres.isEmbedded) await migrate(postgres)
  return {
    environment: {
      DATABASE_WORKER_URL: postgres.workerUrl,
      ENCRYPTION_KEYS: await readEncryptionKeys(folder),
      SMTP_URL: pathToFileURL(folder.outbox).href,
    },
    [Symbol.asyncDispose]: () => postgres.stop(),
  }
}

await rotate().catch(failWith)
process.exit()
