import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { BlockList, isIPv4 } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findFreePort } from '@repo/testing'

const repository = join(import.meta.dirname, '../../../..')
const run = promisify(execFile)
const maxBuffer = 64 * 1024 * 1024
const standIns = 'stand-ins.compose.yaml'

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
  /** Tells the proxy of a container that was started anew, where the engine does not. */
  introduce(name: string): Promise<void>
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
  const networks = findFreeNetworks()
  await writeFile(join(cwd, '.env'), await settingsOf(await readFile(join(cwd, '.env'), 'utf8')))

  async function settingsOf(text: string): Promise<string> {
    const changed = {
      COMPOSE_PROJECT_NAME: project,
      COMPOSE_PROFILES: 'redis,mail',
      PROXY_ADDRESS: '127.0.0.1',
      PROXY_HTTP_PORT: http,
      MAIL_PORT: await findFreePort(),
      EDGE_NETWORK: networks.edge,
      TRUSTED_PROXIES: `${networks.edge}.10`,
      MAIL_FROM: 'no-reply@acme.test',
    }
    const others = text.split('\n').filter((line) => !(line.replace(/=.*/, '') in changed))
    const lines = Object.entries(changed).map(([name, value]) => `${name}=${value}`)
    return [...others, ...lines, ''].join('\n')
  }

  const isStandIn = Boolean(process.env['STAND_IN_IMAGES'])
  const [program, ...words] = await findCompose()
  const composed = ['compose.yaml', 'tests.compose.yaml', ...(isStandIn ? [standIns] : [])]
  for (const name of composed.slice(1)) await cp(join(import.meta.dirname, name), join(cwd, name))
  // docker-compose 1.29 fails to compare addresses of a network that is there with those it wants.
  for (const name of composed) {
    const text = await readFile(join(cwd, name), 'utf8')
    await writeFile(join(cwd, `later.${name}`), text.replace(/ {4}ipam:\n(?: {6}.*\n)+/g, ''))
  }
  const filesOf = (command: string | undefined) => {
    const prefix = isStandIn && command === 'run' ? 'later.' : ''
    return composed.flatMap((name) => ['--file', `${prefix}${name}`])
  }
  // Vite has set one of its own, which would go before the file's.
  const { BASE_URL: _vite, ...inherited } = process.env
  const env = {
    ...inherited,
    REPOSITORY: repository,
    STAND_IN_PASSWORD: (await secret('postgres/password')).trim(),
    STAND_IN_DATABASE: networks.database,
    STAND_IN_REDIS: networks.redis,
    STAND_IN_MAIL: networks.mail,
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
    async introduce(name) {
      // Podman gives it another MAC address, which the proxy learns from whoever asks it something.
      const script = `fetch('http://${networks.edge}.10').catch(() => {})`
      if (isStandIn) await docker('exec', name, 'node', '--eval', script)
    },
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

/** The first three numbers of /24s that this machine is on none of, nor has from an installation that was left on it. */
function findFreeNetworks() {
  const taken = new BlockList()
  for (const { cidr } of Object.values(networkInterfaces()).flatMap((all) => all ?? [])) {
    const [address = '', bits] = cidr?.split('/') ?? []
    if (isIPv4(address)) taken.addSubnet(address, Math.min(Number(bits), 24))
  }
  for (let index = 0; index < 256; index += 1) {
    const [edge, database, redis, mail] = [213, 214, 215, 216].map((net) => `10.${net}.${index}`)
    const networks = { edge, database, redis, mail }
    if (Object.values(networks).every((prefix) => !taken.check(`${prefix}.1`))) return networks
  }
  throw new Error('No network of 10.213.0.0 to 10.216.255.255 is free.')
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
