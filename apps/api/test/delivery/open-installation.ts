import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findFreePort } from '@repo/testing'

const repository = join(import.meta.dirname, '../../../..')
const run = promisify(execFile)
const maxBuffer = 64 * 1024 * 1024

export interface Installation {
  /** Its origin, at the proxy. */
  readonly url: string
  /** The ports of this machine: HTTPS, and plain HTTP. */
  readonly ports: { readonly https: number; readonly http: number }
  /** `docker compose …` of it; what it printed. Rejects with what it said where it failed. */
  compose(...args: readonly string[]): Promise<string>
  /** `docker …`. */
  docker(...args: readonly string[]): Promise<string>
  /** The containers of a service that are there, by name, running or not. */
  containers(service: string): Promise<readonly string[]>
  /** A file of docker/secrets. */
  secret(path: string): Promise<string>
  /** The mails to an address, as they came. */
  mailsTo(address: string): Promise<readonly string[]>
  close(): Promise<void>
}

/**
 * docker/compose.yaml, prepared by docker/prepare.sh and brought up from the images that docker/smoke-test.sh builds. With
 * STAND_IN_IMAGES the other images are others' programs under their names, in an engine that checks no health by itself.
 */
export async function openInstallation(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'rampart-delivery-'))
  const [https, http] = [await findFreePort(), await findFreePort()]
  const url = `https://localhost:${https}`
  await cp(join(repository, 'docker'), join(folder, 'docker'), { recursive: true })
  const cwd = join(folder, 'docker')
  const secret = (path: string) => readFile(join(cwd, 'secrets', path), 'utf8')
  await run('sh', [join(cwd, 'prepare.sh'), url, 'redis'])
  await writeFile(join(cwd, 'secrets/both/SMTP_URL'), 'smtp://mail:1025\n')
  const project = `rampart-${https}`
  await writeFile(join(cwd, '.env'), await settingsOf(await readFile(join(cwd, '.env'), 'utf8')))

  async function settingsOf(text: string): Promise<string> {
    const changed = {
      COMPOSE_PROJECT_NAME: project,
      COMPOSE_PROFILES: 'redis,mail',
      PROXY_ADDRESS: '127.0.0.1',
      PROXY_HTTP_PORT: http,
      MAIL_PORT: await findFreePort(),
      // Beside an installation that is there.
      EDGE_NETWORK: '172.28.78',
      TRUSTED_PROXIES: '172.28.78.10',
      MAIL_FROM: 'no-reply@acme.test',
    }
    const others = text.split('\n').filter((line) => !(line.replace(/=.*/, '') in changed))
    const lines = Object.entries(changed).map(([name, value]) => `${name}=${value}`)
    return [...others, ...lines, ''].join('\n')
  }

  const isStandIn = Boolean(process.env['STAND_IN_IMAGES'])
  const [program, ...words] = await findCompose()
  const overrides = ['tests', ...(isStandIn ? ['stand-ins'] : [])].map((name) =>
    join(import.meta.dirname, `${name}.compose.yaml`),
  )
  // docker-compose 1.29 fails to compare addresses of a network that is there with those it wants.
  const text = await readFile(join(cwd, 'compose.yaml'), 'utf8')
  await writeFile(join(cwd, 'later.yaml'), text.replace(/ {4}ipam:\n(?: {6}.*\n)+/, ''))
  const filesOf = (command: string | undefined) => {
    const main = isStandIn && command === 'run' ? 'later.yaml' : 'compose.yaml'
    return [main, ...overrides].flatMap((file) => ['--file', file])
  }
  // Vite has set one of its own, which would go before the file's.
  const { BASE_URL: _vite, ...inherited } = process.env
  const env = {
    ...inherited,
    REPOSITORY: repository,
    STAND_IN_PASSWORD: (await secret('postgres/password')).trim(),
  }
  async function compose(...args: readonly string[]): Promise<string> {
    const all = [...words, '--project-name', project, ...filesOf(args[0]), ...args]
    const { stdout } = await run(program, all, { cwd, env, maxBuffer })
    return stdout
  }
  async function docker(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await run('docker', args, { env, maxBuffer })
    return stdout + stderr
  }
  async function list(...filters: readonly string[]): Promise<readonly string[]> {
    const labels = [`com.docker.compose.project=${project}`, ...filters]
    const filter = labels.flatMap((label) => ['--filter', `label=${label}`])
    const names = await docker('ps', '--all', ...filter, '--format', '{{.Names}}')
    return names.split('\n').filter(Boolean)
  }
  const containers = (service: string) => list(`com.docker.compose.service=${service}`)
  const stopChecking = isStandIn ? checkHealth(list) : () => {}

  return {
    url,
    ports: { https, http },
    compose,
    docker,
    containers,
    secret,
    async mailsTo(address) {
      const [catcher = ''] = await containers('mail')
      const lines = (await docker('logs', catcher))
        .split('\n')
        .filter((line) => line.startsWith('{'))
      return lines
        .map((line): { to: string[]; raw: string } => JSON.parse(line))
        .filter(({ to }) => to.includes(address))
        .map(({ raw }) => raw)
    },
    async close() {
      stopChecking()
      await compose('down', '--volumes', '--timeout', '5').finally(() =>
        rm(folder, { recursive: true, force: true }),
      )
    },
  }
}

/** Compose as a plugin of Docker's, or by itself. */
async function findCompose(): Promise<readonly [string, ...string[]]> {
  const isPlugin = await run('docker', ['compose', 'version']).then(
    () => true,
    () => false,
  )
  return isPlugin ? ['docker', 'compose'] : ['docker-compose']
}

/** Podman without systemd has no timers: the health of each container is looked at from here, each second. */
function checkHealth(list: () => Promise<readonly string[]>): () => void {
  let isWanted = true
  async function check(): Promise<void> {
    while (isWanted) {
      const names = await list().catch(() => [])
      // Of one that has none, or is gone, podman says so.
      await Promise.all(
        names.map((name) => run('podman', ['healthcheck', 'run', name]).catch(() => {})),
      )
      await sleep(1_000)
    }
  }
  void check()
  return () => {
    isWanted = false
  }
}
