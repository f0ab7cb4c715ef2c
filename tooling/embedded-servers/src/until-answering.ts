import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

interface Server {
  /** What an error calls it. */
  readonly name: string
  readonly isAnswering: () => Promise<boolean>
}

const startsWithinMs = 30_000

/** Resolves when a server that was just started answers; throws with what it printed when it ends before, or after 30 s. */
export async function untilAnswering(
  child: ChildProcess,
  { name, isAnswering }: Server,
): Promise<void> {
  let output = ''
  let failure: unknown
  child.on('error', (error) => {
    failure = error
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      output += String(data)
    })
  }
  const deadline = Date.now() + startsWithinMs
  while (!(await isAnswering())) {
    if (failure || child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`${name} did not start: ${output}`, { cause: failure })
    }
    await sleep(20)
  }
}

/** Ends a process at once (SIGKILL), where it was started and has not ended. */
export async function killProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  // Waiting for the end must keep this process alive, which running did not.
  child.ref()
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
