import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort, killProcess, untilAnswering } from '@repo/embedded-servers'
import { eicar } from './start-clamd.ts'

export interface RealClamd {
  /** As `tcp://host:port`, and as `unix:///path`. */
  readonly url: string
  readonly socketUrl: string
  close(): Promise<void>
}

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
    await untilAnswering(child, { name: 'clamd', isAnswering: () => answersPing(port) })
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

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('zPING\0'))
    socket.on('data', (data) => resolve(String(data).startsWith('PONG')))
    socket.on('error', () => resolve(false)).on('close', () => resolve(false))
    socket.setTimeout(1_000, () => socket.destroy())
  })
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  await killProcess(child)
  await rm(folder, { recursive: true, force: true })
}
