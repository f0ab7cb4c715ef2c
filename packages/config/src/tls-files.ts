import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { ConfigError } from './config-error.ts'
import { Secret } from './secret.ts'

/** Where the certificate (with its chain) and its key are, as PEM. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
  /** Whom the certificate has to be for; null where a proxy is who asks. */
  readonly hostname: string | null
}

export interface TlsPair {
  readonly cert: string
  readonly key: Secret
  readonly expiresAt: Date
}

/** Reads a pair that can serve now; throws ConfigError with what is wrong with it, without its values. */
export function readTlsFiles({ certFile, keyFile, hostname }: TlsFiles, now: Date): TlsPair {
  const cert = read('TLS_CERT_FILE', certFile)
  const key = read('TLS_KEY_FILE', keyFile)
  const [leaf, ...chain] = parseCertificates(cert)
  if (!leaf) throw new ConfigError(['TLS_CERT_FILE holds no certificate in PEM.'])
  if (!leaf.checkPrivateKey(parseKey(key))) {
    throw new ConfigError(['TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE.'])
  }
  for (const certificate of [leaf, ...chain]) requireInForce(certificate, now)
  if (hostname !== null && !isFor(leaf, hostname)) {
    throw new ConfigError(['TLS_CERT_FILE holds a certificate for another host than BASE_URL.'])
  }
  requireAcceptable(cert, key)
  return { cert, key: new Secret(key), expiresAt: leaf.validToDate }
}

function read(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new ConfigError([`${variable} cannot be read.`])
  }
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function parseCertificates(text: string): readonly X509Certificate[] {
  try {
    return [...text.matchAll(block)].map(([pem]) => new X509Certificate(pem))
  } catch {
    return []
  }
}

function parseKey(text: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch {
    throw new ConfigError(['TLS_KEY_FILE holds no private key in PEM without a passphrase.'])
  }
}

function requireInForce({ validFromDate, validToDate }: X509Certificate, now: Date): void {
  if (validToDate <= now) {
    throw new ConfigError(['TLS_CERT_FILE holds a certificate that has expired.'])
  }
  if (validFromDate > now) {
    throw new ConfigError(['TLS_CERT_FILE holds a certificate that is not valid yet.'])
  }
}

const isFor = (certificate: X509Certificate, hostname: string) =>
  (isIP(hostname) ? certificate.checkIP(hostname) : certificate.checkHost(hostname)) !== undefined

/** What OpenSSL would refuse at the first connection: a weak key, a weak signature. */
function requireAcceptable(cert: string, key: string): void {
  try {
    createSecureContext({ cert, key })
  } catch {
    throw new ConfigError(['TLS_CERT_FILE and TLS_KEY_FILE are too weak for TLS.'])
  }
}
