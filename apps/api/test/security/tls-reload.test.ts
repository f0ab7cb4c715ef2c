import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestCertificate, type TestCertificate } from '@repo/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  makeCertificateFiles,
  type SecureApi,
  startSecureApi,
} from '../support/start-secure-api.ts'
import { askOver, certificateMet, connectTls } from '../support/tls-client.ts'

let secure: SecureApi

beforeEach(async () => {
  secure = await startSecureApi()
})

afterEach(() => secure?.close())

const printOf = ({ cert }: TestCertificate) => new X509Certificate(cert).fingerprint256
const met = (port = secure.port) => certificateMet(port)
const untilMet = (pair: TestCertificate) =>
  expect.poll(() => met(), { timeout: 20_000, interval: 100 }).toBe(printOf(pair))

it('a new pair serves from the next connection on; the old connections go on', async () => {
  const old = await connectTls(secure.port, { ca: secure.certificate.cert })
  expect(await askOver(old, 'GET /healthz')).toMatch(/^HTTP\/1\.1 200 /)
  const next = await createTestCertificate({ keyType: 'rsa' })
  await secure.files.write(next)
  await untilMet(next)
  expect(await askOver(old, 'GET /healthz')).toMatch(/^HTTP\/1\.1 200 /)
  expect(old.destroyed).toBe(false)
  old.destroy()
  expect(secure.api.log()).toContainEqual(
    expect.objectContaining({ level: 'info', msg: 'a new certificate serves' }),
  )
  // The policy is the same as before.
  const cbc = { ca: next.cert, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256' } as const
  await expect(connectTls(secure.port, cbc)).rejects.toThrow(/handshake failure/)
  const gcm = await connectTls(secure.port, { ...cbc, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })
  gcm.destroy()
})

it('a pair that is not fit leaves the old one, is logged once, and the next good one serves', async () => {
  const { certificate, files, api } = secure
  const [broken, next] = [await createTestCertificate(), await createTestCertificate()]
  const complaints = () => api.log().filter(({ level }) => level === 'error')
  await files.write({ cert: broken.cert, key: next.key })
  await expect.poll(complaints, { timeout: 20_000 }).toHaveLength(1)
  expect(JSON.stringify(complaints())).toContain('TLS_KEY_FILE is not the key of the certificate')
  expect(await met()).toBe(printOf(certificate))
  await writeFile(files.certFile, 'no certificate')
  await expect.poll(complaints, { timeout: 20_000 }).toHaveLength(2)
  expect(await met()).toBe(printOf(certificate))
  expect(JSON.stringify(api.log())).not.toContain('PRIVATE KEY')
  await files.write(next)
  await untilMet(next)
})

it('links that are swapped beside the files are followed, as Kubernetes swaps them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rampart-mounted-'))
  const [first, second] = [await createTestCertificate(), await createTestCertificate()]
  for (const [name, pair] of [
    ['one', first],
    ['two', second],
  ] as const) {
    await mkdir(join(folder, name))
    await makeCertificateFiles(join(folder, name)).write(pair)
  }
  await symlink('one', join(folder, '..data'))
  for (const name of ['tls.crt', 'tls.key']) {
    await symlink(join('..data', name), join(folder, name))
  }
  const mounted = await startSecureApi({
    environment: { TLS_CERT_FILE: join(folder, 'tls.crt'), TLS_KEY_FILE: join(folder, 'tls.key') },
  })
  try {
    expect(await met(mounted.port)).toBe(printOf(first))
    await symlink('two', join(folder, '..data_new'))
    await rename(join(folder, '..data_new'), join(folder, '..data'))
    const now = () => met(mounted.port)
    await expect.poll(now, { timeout: 20_000, interval: 100 }).toBe(printOf(second))
  } finally {
    await mounted.close()
    await rm(folder, { recursive: true, force: true })
  }
})
