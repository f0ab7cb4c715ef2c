import { once } from 'node:events'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

/** A TLS connection to a port of this machine; rejects when the handshake fails. */
export async function connectTls(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options })
  try {
    await once(socket, 'secureConnect')
  } catch (error) {
    socket.destroy()
    throw error
  }
  // What comes after is for who reads.
  return socket.on('error', () => {})
}

/** Asks over a connection that stays open; the answer's head. */
export async function askOver(
  socket: TLSSocket,
  line: string,
  headers: readonly string[] = [],
): Promise<string> {
  socket.write([`${line} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n'))
  const [chunk] = await once(socket, 'data')
  return String(chunk).split('\r\n\r\n')[0] ?? ''
}

/** The fingerprint of the certificate that a new connection meets. */
export async function certificateMet(port: number): Promise<string> {
  const socket = await connectTls(port, { rejectUnauthorized: false })
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}
