import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findFreePort } from './find-free-port.ts'
import { stopWithParent } from './stop-with-parent.ts'
import { killProcess, untilAnswering } from './until-answering.ts'

export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Its connections stay open, and nothing is answered (SIGSTOP). */
  freeze(): void
  thaw(): void
  /** How many commands it was told since its start. */
  countCommands(): Promise<number>
  /** Ends it at once, with all it knew (SIGKILL). */
  close(): Promise<void>
}

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
    await killProcess(child)
    await rm(folder, { recursive: true, force: true })
  }
  const url = `redis://127.0.0.1:${port}`
  try {
    await untilAnswering(child, {
      name: 'The Redis server',
      isAnswering: () => answersPing(url),
    })
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...{ url, port, close },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    countCommands: () => readCommands(url),
  }
}

async function readCommands(url: string): Promise<number> {
  const redis = new Redis(url)
  const stats = await redis.info('stats').finally(() => redis.disconnect())
  const [, count] = /total_commands_processed:(\d+)/.exec(stats) ?? []
  return Number(count)
}

async function answersPing(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  const answer = await redis.ping().catch(() => null)
  redis.disconnect()
  return answer === 'PONG'
}
