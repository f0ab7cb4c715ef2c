import { createConnection, type Socket } from 'node:net'
import { AppError } from '@repo/errors'

export type Verdict = 'clean' | 'infected'
export type Scan = (bytes: Buffer) => Promise<Verdict>

interface Options {
  readonly timeoutMs?: number
}

const chunkBytes = 64 * 1024
// A verdict is one line; a peer that says more is no clamd.
const maxReplyBytes = 4_096

/**
 * Asks clamd by its INSTREAM command, at `tcp://host:port` or `unix:///path`. Anything but its two verdicts,
 * and silence for `timeoutMs`, throws `unavailable`: what could not be scanned is not clean.
 */
export function createScanner(url: string, { timeoutMs = 5_000 }: Options = {}): Scan {
  const { protocol, hostname, port, pathname } = new URL(url)
  const address =
    protocol === 'unix:'
      ? { path: decodeURIComponent(pathname) }
      : { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 3310) }
  return async (bytes) => {
    const socket = createConnection(address)
    const timer = setTimeout(() => socket.destroy(new Error('clamd took too long.')), timeoutMs)
    try {
      return readVerdict(await converse(socket, bytes))
    } catch (error) {
      throw new AppError('unavailable', { cause: error, retryAfterSeconds: 5 })
    } finally {
      clearTimeout(timer)
      socket.destroy()
    }
  }
}

/** The command, each chunk after its length, an empty chunk at the end; and then what is said until NUL. */
function converse(socket: Socket, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = ''
    socket.on('data', (data) => {
      reply += data.toString('latin1')
      if (reply.length > maxReplyBytes) socket.destroy(new Error('clamd said too much.'))
      if (reply.includes('\0')) resolve(reply.slice(0, reply.indexOf('\0')))
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('clamd hung up.')))
    socket.write('zINSTREAM\0')
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      const chunk = bytes.subarray(at, at + chunkBytes)
      socket.write(lengthOf(chunk))
      socket.write(chunk)
    }
    socket.write(lengthOf(Buffer.alloc(0)))
  })
}

function lengthOf(chunk: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(chunk.length)
  return length
}

function readVerdict(reply: string): Verdict {
  if (reply === 'stream: OK') return 'clean'
  if (/^stream: .+ FOUND$/.test(reply)) return 'infected'
  throw new Error('clamd gave no verdict.')
}
