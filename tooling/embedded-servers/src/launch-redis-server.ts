import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findFreePort } from './find-free-port.ts'
import { stopWithParent } from './stop-with-parent.ts'

export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Its connections stay open, and nothing is answered (SIGSTOP). */
  freeze(): void
  thaw(): void
  /** Ends it at once, with all it knew (SIGKILL). */
  close(): Promise<void>
}

const startsWithinMs = 30_000

/**
 * Starts the Redis or Valkey server that the lane found, on loopback and without a file of its data; `args` are its
 * own. Throws a sentence on what to install when the lane found none.
 */
export async function launchRedisServer(
  options: { readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<RedisServer> {
  const executable = process.env['REDIS_SERVER']
  if (!executable) {
    throw new Error(
      'There is no redis-server for these tests: install one (Debian: apt-get install redis-server), or set REDIS_SERVER to the path of one, or of a valkey-server.',
    )
  }
  const folder = await mkdtemp(join(tmpdir(), 'rampart-redis-'))
  const port = options.port ?? (await findFreePort())
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
  const args = [...place, '--save', '', '--appendonly', 'no', ...(options.args ?? [])]
  const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  stopWithParent(child, folder)
  async function close() {
    await kill(child)
    await rm(folder, { recursive: true, force: true })
  }
  const url = `redis://127.0.0.1:${port}`
  try {
    await untilReady(child, url)
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...{ url, port, close },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  }
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
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
  while (!(await answersPing(url))) {
    if (failure || child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`The Redis server did not start: ${output}`, { cause: failure })
    }
    await sleep(20)
  }
}

async function answersPing(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  const answer = await redis.ping().catch(() => null)
  redis.disconnect()
  return answer === 'PONG'
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
