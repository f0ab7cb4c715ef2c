import { connect, type Socket } from 'node:net'

export interface OpenSocket {
  readonly socket: Socket
  /** Everything that came so far. */
  readonly text: () => string
  /** Resolves when the connection is over, however it ended. */
  readonly ended: Promise<void>
}

/** A connection of its own, on which bytes are sent as they are; `from` is the address it comes from. */
export async function openSocket(url: string, from = '127.0.0.1'): Promise<OpenSocket> {
  const { port } = new URL(url)
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: from })
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const connected = new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  await Promise.race([connected, ended])
  return { socket, text: () => text, ended }
}
