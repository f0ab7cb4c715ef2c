import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestCertificate, findFreePort, type TestCertificate } from '@repo/testing'
import { startApi, type TestApi } from './start-api.ts'

export interface SecureApi {
  readonly api: TestApi
  /** The origin of plain HTTP beside it. */
  readonly plainUrl: string
  readonly port: number
  /** The certificate it was started with. */
  readonly certificate: TestCertificate
  readonly files: CertificateFiles
  close(): Promise<void>
}

export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
  write(pair: TestCertificate): Promise<void>
}

/** The pair in a folder, as a server is told of it. */
export function makeCertificateFiles(folder: string): CertificateFiles {
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  return {
    certFile,
    keyFile,
    async write({ cert, key }) {
      await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key, { mode: 0o600 })])
    },
  }
}

interface SecureOptions {
  readonly certificate?: Parameters<typeof createTestCertificate>[0]
  readonly environment?: Readonly<Record<string, string>>
}

/** The API with HTTPS in process, and plain HTTP beside it, as production serves without a proxy. */
export async function startSecureApi(options: SecureOptions = {}): Promise<SecureApi> {
  const folder = await mkdtemp(join(tmpdir(), 'rampart-tls-'))
  const certificate = await createTestCertificate({ keyType: 'rsa', ...options.certificate })
  const files = makeCertificateFiles(folder)
  await files.write(certificate)
  const [port, httpPort] = [await findFreePort(), await findFreePort()]
  const environment = {
    BASE_URL: `https://localhost:${port}`,
    PORT: String(port),
    HTTP_PORT: String(httpPort),
    TLS_CERT_FILE: files.certFile,
    TLS_KEY_FILE: files.keyFile,
    TRUSTED_PROXIES: '',
    ...options.environment,
  }
  const api = await startApi({ environment })
  return {
    api,
    plainUrl: `http://127.0.0.1:${environment.HTTP_PORT}`,
    port,
    certificate,
    files,
    async close() {
      await api.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
