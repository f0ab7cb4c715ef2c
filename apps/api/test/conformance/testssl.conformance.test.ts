import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '../support/run-program.ts'
import { type SecureApi, startSecureApi } from '../support/start-secure-api.ts'
import { startWeakTls, type WeakTls } from '../support/start-weak-tls.ts'

let folder: string
let secure: SecureApi
let weak: WeakTls
const patienceMs = 600_000

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-testssl-'))
  secure = await startSecureApi()
  weak = await startWeakTls(secure.certificate)
})

afterAll(async () => {
  weak?.close()
  await secure?.close()
  await rm(folder, { recursive: true, force: true })
})

interface Finding {
  readonly id: string
  readonly severity: string
  readonly finding: string
}

async function scan(port: number, checks: readonly string[]): Promise<readonly Finding[]> {
  const report = join(folder, `${port}.json`)
  const options = ['--quiet', '--color', '0', '--warnings', 'off', '--nodns', 'none']
  const args = [...options, '--jsonfile', report, ...checks, `127.0.0.1:${port}`]
  await runProgram('testssl', args, { package: 'testssl.sh', timeoutMs: patienceMs })
  return JSON.parse(await readFile(report, 'utf8'))
}

const findingOf = (findings: readonly Finding[], name: string) =>
  findings.find(({ id }) => id === name)?.finding
const bad: ReadonlySet<string> = new Set(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL', 'FATAL'])

// Versions, suites, forward secrecy, the server's choice, and every known attack.
const everything = ['--protocols', '--standard', '--pfs', '--server-preference', '--vulnerable']

it(
  'testssl.sh finds nothing wrong: TLS 1.2 and 1.3, forward secrecy, no CBC, no static RSA, no known attack',
  async () => {
    const findings = await scan(secure.port, everything)
    expect(findings.filter(({ severity }) => bad.has(severity))).toEqual([])
    for (const version of ['SSLv2', 'SSLv3', 'TLS1', 'TLS1_1']) {
      expect(findingOf(findings, version), version).toBe('not offered')
    }
    expect(findingOf(findings, 'TLS1_2')).toBe('offered')
    expect(findingOf(findings, 'TLS1_3')).toContain('offered')
    // Its names of what is CBC or without forward secrecy.
    for (const kind of ['NULL', 'aNULL', 'EXPORT', 'LOW', '3DES_IDEA', 'AVERAGE']) {
      expect(findingOf(findings, `cipherlist_${kind}`), kind).toBe('not offered')
    }
    expect(findingOf(findings, 'ROBOT')).toContain('no RSA key transport cipher')
    expect(findingOf(findings, 'LUCKY13')).toBe('not vulnerable')
    expect(findingOf(findings, 'cipher_order')).toBe('server')
  },
  patienceMs,
)

it(
  'it would find old versions and CBC, were they there',
  async () => {
    const findings = await scan(weak.port, ['--protocols', '--standard'])
    expect(findingOf(findings, 'TLS1')).toContain('offered')
    expect(findingOf(findings, 'TLS1')).not.toContain('not offered')
    expect(findingOf(findings, 'cipherlist_AVERAGE')).toBe('offered')
    expect(findings.some(({ severity }) => bad.has(severity))).toBe(true)
  },
  patienceMs,
)
