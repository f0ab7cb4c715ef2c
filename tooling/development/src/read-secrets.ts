import { ConfigError, readVariables } from '@repo/config'
import { SetupError } from './setup-error.ts'

/** Gives a command the variables that stand in files or in a secrets manager; throws SetupError for what cannot be read. */
export async function readSecrets(): Promise<void> {
  try {
    Object.assign(process.env, await readVariables())
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const wayOut = 'Each may stand in the environment, in a file or in a secret: .env.example.'
    throw new SetupError(error.problems.join('\n'), wayOut, { cause: error })
  }
}
