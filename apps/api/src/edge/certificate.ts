import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Server, ServerOptions } from 'node:https'
import { readTlsFiles, type TlsFiles, type TlsPair } from '@repo/config'
import type { Logger } from '@repo/logging'
import { tlsPolicy } from './tls-policy.ts'
import { watchFolders } from './watch-folders.ts'

// Tickets of TLS 1.2 can be read by whoever gets this key later; each is good for five minutes.
const ticketKeyMs = 60 * 60 * 1_000
const ticketKeyBytes = 48
// Network file systems tell nobody of a change.
const lookAgainMs = 60_000

interface CertificateServices {
  readonly clock: () => Date
  readonly logger: Logger
}

export interface Certificate {
  /** What a server of it is made with. */
  options(): ServerOptions
  /** Gives a server every new certificate, and ticket keys that change. */
  serve(server: Server): void
  /** Looks for new files from now on; returns how to stop. */
  follow(): () => void
}

/**
 * The certificate of HTTPS in process. A new pair in the files serves from its next connection on, the old
 * connections go on; a pair that is not fit leaves the old one, and is logged once.
 */
export function openCertificate(
  files: TlsFiles,
  { clock, logger }: CertificateServices,
): Certificate {
  const servers = new Set<Server>()
  let pair = readTlsFiles(files, clock())
  let complaint = ''
  warnOfReaders(files, logger)

  function look(): void {
    try {
      const found = readTlsFiles(files, clock())
      complaint = ''
      if (isSame(found, pair)) return
      pair = found
      for (const server of servers) server.setSecureContext(optionsOf(found))
      logger.info({ expiresAt: found.expiresAt }, 'a new certificate serves')
    } catch (error) {
      const said = error instanceof Error ? error.message : 'unknown'
      if (said === complaint) return
      complaint = said
      logger.error({ err: error }, 'the certificate in the files is not fit: the old one serves on')
    }
  }

  function changeTicketKeys(): void {
    for (const server of servers) server.setTicketKeys(randomBytes(ticketKeyBytes))
  }

  return {
    options: () => optionsOf(pair),
    serve: (server) => void servers.add(server),
    follow() {
      const timers = [setInterval(look, lookAgainMs), setInterval(changeTicketKeys, ticketKeyMs)]
      for (const timer of timers) timer.unref()
      const stopWatching = watchFolders([files.certFile, files.keyFile], look)
      return () => {
        for (const timer of timers) clearInterval(timer)
        stopWatching()
      }
    },
  }
}

const optionsOf = ({ cert, key }: TlsPair): ServerOptions => ({
  ...tlsPolicy,
  cert,
  key: key.reveal(),
})

const isSame = (one: TlsPair, other: TlsPair) =>
  one.cert === other.cert && one.key.reveal() === other.key.reveal()

/** A warning and no refusal: Kubernetes gives a secret's files to everybody in the container by default. */
function warnOfReaders({ keyFile }: TlsFiles, logger: Logger): void {
  const readableByOthers = 0o004
  if ((statSync(keyFile).mode & readableByOthers) === 0) return
  logger.warn('TLS_KEY_FILE can be read by every user of this machine')
}
