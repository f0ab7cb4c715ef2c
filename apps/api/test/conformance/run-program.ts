import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Where the programs of this lane are installed, and what they are told. */
export const programs = fileURLToPath(new URL('./programs/', import.meta.url))

// None of them calls home, nor looks for a newer one of itself.
const quiet = {
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  SPECMATIC_DISABLE_TELEMETRY: 'true',
}

const run = promisify(execFile)

/** Runs a program in that folder; what it prints, whether or not it has found something. */
export async function runProgram(
  file: string,
  args: readonly string[],
  { cwd = programs }: { readonly cwd?: string } = {},
): Promise<string> {
  const env = { ...process.env, ...quiet }
  const options = { cwd, env, maxBuffer: 256 * 1024 * 1024 }
  try {
    return (await run(file, args, options)).stdout
  } catch (error) {
    const { code, stdout } = Object(error)
    if (typeof code === 'number') return String(stdout)
    throw new Error(`${file} does not run: ${Object(error).message}`, { cause: error })
  }
}
