import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '@repo/embedded-servers'
import { eicar } from './start-clamd.ts'

export interface RealClamd {
  /** As `tcp://host:port`, and as `unix:///path`. */
  readonly url: string
  readonly socketUrl: string
  close(): Promise<void>
}

const startsWithinMs = 30_000

/**
 * Starts the clamd that the lane found, on loopback, with one signature of its own: the EICAR text's. Throws a
 * sentence on what to install when the lane found none.
 */
export async function launchClamd(): Promise<RealClamd> {
  const executable = process.env['CLAMD']
  if (!executable) {
    throw new Error(
      'There is no clamd for the scanner tests: install one (Debian: apt-get install clamav-daemon), or set CLAMD to the path of one.',
    )
  }
  const folder = await mkdtemp(join(tmpdir(), 'rampart-clamd-'))
  const port = await findFreePort()
  const child = spawn(executable, [`--config-file=${await writeConfig(folder, port)}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const close = () => stop(child, folder)
  try {
    await untilReady(child, port)
  } catch (error) {
    await close()
    throw error
  }
  const socketUrl = `unix://${join(folder, 'clamd.sock')}`
  return { url: `tcp://127.0.0.1:${port}`, socketUrl, close }
}

/** No download: clamd is content with any signature at all (clamd.conf(5)). */
async function writeConfig(folder: string, port: number): Promise<string> {
  const signatures = join(folder, 'signatures')
  const config = join(folder, 'clamd.conf')
  await mkdir(signatures)
  // clamd gives up root's rights where it was built to, and has to read them all the same.
  await chmod(folder, 0o755)
  const pattern = Buffer.from(eicar).toString('hex')
  // Name, any type of file, any offset, pattern.
  await writeFile(join(signatures, 'eicar.ndb'), `Eicar-Test-Signature:0:*:${pattern}\n`)
  const lines = [
    'Foreground yes',
    `DatabaseDirectory ${signatures}`,
    `TemporaryDirectory ${folder}`,
    'TCPAddr 127.0.0.1',
    `TCPSocket ${port}`,
    `LocalSocket ${join(folder, 'clamd.sock')}`,
  ]
  await writeFile(config, `${lines.join('\n')}\n`)
  return config
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
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
  while (!(await answersPing(port))) {
    if (failure || child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`clamd did not start: ${output}`, { cause: failure })
    }
    await sleep(50)
  }
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('zPING\0'))
    socket.on('data', (data) => resolve(String(data).startsWith('PONG')))
    socket.on('error', () => resolve(false)).on('close', () => resolve(false))
    socket.setTimeout(1_000, () => socket.destroy())
  })
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  await rm(folder, { recursive: true, force: true })
}
