import { execFile } from 'node:child_process'

interface ProgramOptions {
  /** The Debian package that brings it. */
  readonly package: string
  readonly environment?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

const maxBuffer = 64 * 1024 * 1024

/** What a program prints, whatever its exit code; throws a sentence on what to install where there is none. */
export function runProgram(
  program: string,
  args: readonly string[],
  { package: name, environment = {}, timeoutMs = 240_000 }: ProgramOptions,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const env = { ...process.env, ...environment }
  execFile(program, args, { env, maxBuffer, timeout: timeoutMs }, (error, stdout) => {
    if (error?.code === 'ENOENT') {
      reject(new Error(`There is no ${program}: install one (Debian: apt-get install ${name}).`))
    } else if (error?.killed) reject(new Error(`${program} did not end in time.`))
    else resolve(stdout)
  })
  return promise
}
