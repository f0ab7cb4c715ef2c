import { type ChildProcess, spawn } from 'node:child_process'

export interface NodeProcess {
  readonly child: ChildProcess
  /** Standard output and standard error so far. */
  readonly output: () => string
}

/** A Node process with this environment and no other, and what it prints. */
export function startNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): NodeProcess {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const add = (chunk: Buffer) => {
    text += String(chunk)
  }
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  return { child, output: () => text }
}
