import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { connect, type TLSSocket } from 'node:tls'
import type { TlsFiles } from '@repo/config'
import { createLogger } from '@repo/logging'
import { createTestCertificate } from '@repo/testing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openCertificate } from './certificate.ts'

let folder: string
let files: TlsFiles
let server: Server
let log: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  folder = await mkdtemp(join(tmpdir(), 'rampart-certificate-'))
  files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key'), hostname: null }
  const { cert, key } = await createTestCertificate()
  await Promise.all([writeFile(files.certFile, cert), writeFile(files.keyFile, key)])
  await chmod(files.keyFile, 0o600)
  log = ''
})

afterEach(async () => {
  vi.useRealTimers()
  server?.closeAllConnections()
  server?.close()
  await rm(folder, { recursive: true, force: true })
})

function open() {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk)
      done()
    },
  })
  const logger = createLogger({ level: 'info', destination })
  return openCertificate(files, { clock: () => new Date(), logger })
}

async function serve() {
  const certificate = open()
  server = createServer(certificate.options(), (_request, response) => response.end())
  certificate.serve(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return certificate.follow()
}

/** Connects by TLS 1.2, with the session of a connection before. */
async function meet(session?: Buffer): Promise<TLSSocket> {
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const offer = { rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const
  const socket = connect({ port, host: '127.0.0.1', ...offer, ...(session && { session }) })
  await once(socket, 'secureConnect')
  return socket
}

it('a session is resumed by its ticket, until the key of the tickets has changed', async () => {
  const stop = await serve()
  const first = await meet()
  const session = first.getSession()
  first.destroy()
  const again = await meet(session)
  expect(again.isSessionReused()).toBe(true)
  again.destroy()
  vi.advanceTimersByTime(60 * 60 * 1_000)
  const later = await meet(session)
  expect(later.isSessionReused()).toBe(false)
  later.destroy()
  stop()
  expect(vi.getTimerCount()).toBe(0)
})

it('looks again by the clock, where nobody tells of a change', async () => {
  const stop = await serve()
  await rm(folder, { recursive: true })
  vi.advanceTimersByTime(60 * 1_000)
  await expect.poll(() => log).toContain('the old one serves on')
  expect(log).toContain('TLS_CERT_FILE cannot be read')
  const socket = await meet()
  socket.destroy()
  stop()
})

it('warns of a key that everybody can read, and of no other', async () => {
  open()
  expect(log).not.toContain('can be read by every user')
  await chmod(files.keyFile, 0o644)
  open()
  await expect.poll(() => log).toContain('TLS_KEY_FILE can be read by every user')
})
