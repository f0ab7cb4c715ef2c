import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestCertificate } from '@repo/testing'

export interface WeakTls {
  readonly port: number
  close(): void
}

/** A server that takes whatever OpenSSL can still speak: what a scanner does not find here it would find nowhere. */
export async function startWeakTls({ cert, key }: TestCertificate): Promise<WeakTls> {
  const weakness = { ciphers: 'ALL:@SECLEVEL=0', minVersion: 'TLSv1' } as const
  const server = createServer({ cert, key, ...weakness }, (_request, response) => response.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Parse boundary: a server that listens on a port has one.
  const { port } = server.address() as AddressInfo
  return {
    port,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
