import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import {
  request as askHttp,
  createServer as createPlainServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { request as askHttps, createServer } from 'node:https'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SecureApi, startSecureApi } from '../support/start-secure-api.ts'

const scanner = dirname(
  createRequire(import.meta.url).resolve('@mdn/mdn-http-observatory/package.json'),
)
const host = 'api.rampart.test'
// The scanner asks ports 443 and 80, and no others; of an address that nobody else has, so that both are free.
const anyLoopback = () => `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`
const address = anyLoopback()
const needsPorts =
  'Ports 443 and 80 are needed: be root, or sysctl net.ipv4.ip_unprivileged_port_start=80.'

let secure: SecureApi

beforeAll(async () => {
  // What its installation would fetch: the hosts that browsers know beforehand. Ours is not one of them.
  await writeFile(join(scanner, 'conf/hsts-preload.json'), '{}')
  secure = await startSecureApi({
    certificate: { hosts: [host] },
    environment: { HOST: address, PORT: '443', HTTP_PORT: '80', BASE_URL: `https://${host}` },
  }).catch((cause: unknown) => {
    throw new Error(needsPorts, { cause })
  })
})

afterAll(() => secure?.close())

interface Report {
  readonly scan: { readonly grade: string; readonly score: number; readonly testsFailed: number }
  readonly tests: Readonly<
    Record<
      string,
      { readonly pass: boolean; readonly result: string; readonly scoreModifier: number }
    >
  >
}

/** Resolves the one name; whatever else is looked up is an error. */
const resolverTo = (where: string) =>
  `data:text/javascript,${encodeURIComponent(`
  import dns from 'node:dns'
  dns.lookup = (name, options, done) => {
    if (name !== '${host}') return done(new Error('another name: ' + name))
    options.all ? done(null, [{ address: '${where}', family: 4 }]) : done(null, '${where}', 4)
  }`)}`

async function scan(where: string): Promise<Report> {
  const args = ['--import', resolverTo(where), join(scanner, 'src/scan.js'), host]
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: secure.files.certFile }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout)
}

it('MDN Observatory gives A+, and every one of its tests passes', async () => {
  const { scan: summary, tests } = await scan(address)
  const failed = Object.entries(tests).filter(([, { pass }]) => !pass)
  expect(failed).toEqual([])
  expect(summary).toMatchObject({ grade: 'A+', testsFailed: 0 })
  expect(summary.score).toBeGreaterThanOrEqual(125)
  // It saw what it was to see: the redirect, a valid certificate, a policy without anything unsafe.
  expect(tests).toMatchObject({
    redirection: { result: 'redirection-to-https' },
    'strict-transport-security': { result: 'hsts-implemented-max-age-at-least-six-months' },
    'content-security-policy': {
      result: 'csp-implemented-with-no-unsafe-default-src-none',
      scoreModifier: 10,
    },
  })
}, 60_000)

/** The same server elsewhere, with another page at its root: the scanner asks for no path. */
async function serveAtRoot(path: string) {
  const where = anyLoopback()
  const listener =
    (over: typeof askHttps, port: number) =>
    (request: IncomingMessage, response: ServerResponse) => {
      const { method, headers, url } = request
      const target = { host: address, port, servername: host, ca: secure.certificate.cert }
      const asked = over(
        { ...target, method, headers, path: url === '/' ? path : url },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers)
          answer.pipe(response)
        },
      )
      asked.end()
    }
  const servers = [
    createServer(secure.certificate, listener(askHttps, 443)).listen(443, where),
    createPlainServer(listener(askHttp, 80)).listen(80, where),
  ]
  await Promise.all(servers.map((server) => once(server, 'listening')))
  return { where, close: () => servers.map((server) => server.close()) }
}

it('it says the same of the security page', async () => {
  const { where, close } = await serveAtRoot('/admin')
  const { scan: summary, tests } = await scan(where)
  close()
  expect(Object.entries(tests).filter(([, { pass }]) => !pass)).toEqual([])
  expect(summary).toMatchObject({ grade: 'A+', testsFailed: 0 })
}, 60_000)

it('it would find what is missing of a server that says nothing of its own', async () => {
  const bare = createServer(secure.certificate, (_request, response) => response.end('<p>Hello'))
  const where = anyLoopback()
  bare.listen(443, where)
  await once(bare, 'listening')
  const { scan: summary, tests } = await scan(where)
  bare.close()
  expect(summary.grade).toBe('D')
  const failed = Object.keys(tests).filter((name) => tests[name]?.pass === false)
  expect(failed).toEqual(
    expect.arrayContaining(['content-security-policy', 'strict-transport-security']),
  )
}, 60_000)
