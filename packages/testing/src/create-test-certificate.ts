import { isIP } from 'node:net'
import { generate } from 'selfsigned'

export interface TestCertificate {
  /** PEM; whoever is to trust it takes it for an authority. */
  readonly cert: string
  /** PEM, without a passphrase unless one was given. */
  readonly key: string
}

interface CertificateOptions {
  readonly hosts?: readonly string[]
  readonly from?: Date
  readonly until?: Date
  readonly keyType?: 'ec' | 'rsa'
  /** Of an RSA key. */
  readonly bits?: number
  readonly passphrase?: string
}

const hour = 60 * 60 * 1_000

/** A self-signed certificate with a key of its own, good for these hosts and addresses, for an hour by default. */
export async function createTestCertificate(
  options: CertificateOptions = {},
): Promise<TestCertificate> {
  const { hosts = ['localhost', '127.0.0.1'], keyType = 'ec', bits = 2_048, passphrase } = options
  const { from = new Date(Date.now() - hour), until = new Date(Date.now() + hour) } = options
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'rampart test' }], {
    keyType,
    keySize: bits,
    algorithm: 'sha256',
    notBeforeDate: from,
    notAfterDate: until,
    ...(passphrase !== undefined && { passphrase }),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: hosts.map(toName) },
    ],
  })
  return { cert, key }
}

const toName = (host: string) =>
  isIP(host) ? ({ type: 7, ip: host } as const) : ({ type: 2, value: host } as const)
