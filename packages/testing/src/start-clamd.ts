import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A harmless text that scanners take for a virus, in two parts, so that no scanner takes this file for one. */
export const eicar = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$',
  'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*',
].join('')

export interface TestClamd {
  /** As `tcp://host:port`. */
  readonly url: string
  /** What was sent to be scanned, whole streams alone. */
  readonly scanned: readonly Buffer[]
  /** How the next scans go; it answers by default. */
  answerWith(reply: ((content: Buffer) => string | null) | 'default'): void
  close(): Promise<void>
}

const verdictOn = (content: Buffer) =>
  content.includes(eicar) ? 'stream: Eicar-Test-Signature FOUND' : 'stream: OK'

/**
 * A server that speaks clamd's INSTREAM over TCP (clamd(8)) and finds the EICAR text; what is no such
 * command gets UNKNOWN COMMAND, as from clamd. A reply of null is silence.
 */
export async function startClamd(): Promise<TestClamd> {
  const scanned: Buffer[] = []
  const sockets = new Set<Socket>()
  let reply: (content: Buffer) => string | null = verdictOn
  const server = createServer((socket) => {
    let received: Buffer = Buffer.alloc(0)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (data) => {
      received = Buffer.concat([received, data])
      const content = readStream(received)
      if (content === 'unfinished') return
      if (content === 'unknown') return void socket.end('UNKNOWN COMMAND\0')
      scanned.push(content)
      const text = reply(content)
      if (text !== null) socket.end(`${text}\0`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `tcp://127.0.0.1:${port}`,
    scanned,
    answerWith(next) {
      reply = next === 'default' ? verdictOn : next
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const command = 'zINSTREAM\0'

/** The chunks behind the command, each after its length in four bytes, until an empty one. */
function readStream(received: Buffer): Buffer | 'unfinished' | 'unknown' {
  const begins = received.subarray(0, command.length).toString('latin1')
  if (!command.startsWith(begins)) return 'unknown'
  const chunks: Buffer[] = []
  let at = command.length
  while (at + 4 <= received.length) {
    const length = received.readUInt32BE(at)
    if (length === 0) return Buffer.concat(chunks)
    chunks.push(received.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return 'unfinished'
}
