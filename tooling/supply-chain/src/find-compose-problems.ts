import { parse } from 'yaml'
import { sentencesOf } from './rules.ts'
import { isSecretName } from './secret-names.ts'

interface Service {
  readonly image?: string
  readonly build?: unknown
  readonly user?: string
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly mem_limit?: string
  readonly read_only?: boolean
  readonly ports?: readonly unknown[]
  readonly volumes?: readonly unknown[]
  readonly env_file?: readonly string[]
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>
  readonly environment?: unknown
}

interface Composition {
  readonly include?: unknown
  readonly services?: Readonly<Record<string, Service>>
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>
}

/** Who alone is reached from the outside. */
const door = 'proxy'
/** Whose data nobody reaches but by their network, by what they run. */
const store = /postgres|mysql|mariadb|mongo|redis|valkey|elasticsearch/i
/** What a service may say; another key (pid, ipc, devices, network_mode, extends …) is somebody's to look at first. */
const knownKeys: ReadonlySet<string> = new Set([
  ...['image', 'build', 'command', 'entrypoint', 'profiles', 'depends_on', 'healthcheck', 'deploy'],
  ...['restart', 'init', 'stop_grace_period', 'user', 'read_only', 'cap_drop', 'cap_add'],
  ...['security_opt', 'pids_limit', 'mem_limit', 'cpus', 'shm_size', 'tmpfs', 'volumes', 'ports'],
  ...['networks', 'environment', 'env_file'],
])
/** Capabilities that are given back, and to whom. */
const capabilities: Readonly<Record<string, readonly string[]>> = {
  proxy: ['NET_BIND_SERVICE'],
  postgres: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
}
/** Who knows no other way to its secret than its environment. */
const byEnvironment: ReadonlySet<string> = new Set(['elasticsearch'])
// A folder of this one, but never all secrets, or a volume.
const mounted = /^(\.\/(?!secrets(\/?:|\/\.))(?!.*\.\.)[\w./-]+|[a-z]+):\/[\w./-]+(:ro)?$/

/** What a compose file does that ours may not; sentences, none where it is fit (G41, G42, CIS Docker Benchmark, section 5). */
export function findComposeProblems(text: string): readonly string[] {
  // Parse boundary: the schema of the specification is another test's.
  const composition = parse(text, { merge: true }) as Composition
  const problems = Object.entries(composition.services ?? {}).flatMap(([name, service]) =>
    [
      ...findHardeningProblems(name, service),
      ...findExposure(name, service, composition.networks ?? {}),
      ...findSecrets(name, service),
    ].map((problem) => `${name} ${problem}`),
  )
  return composition.include === undefined ? problems : ['includes what nobody sees', ...problems]
}

function findHardeningProblems(name: string, service: Service): readonly string[] {
  const strange = Object.keys(service).filter((key) => !knownKeys.has(key))
  const added = (service.cap_add ?? []).filter((one) => !capabilities[name]?.includes(one))
  const bound = (service.volumes ?? []).filter((one) => !mounted.test(String(one)))
  return sentencesOf([
    [strange.length > 0, `says ${strange.join(', ')}`],
    [!service.cap_drop?.includes('ALL') || added.length > 0, 'keeps capabilities: cap_drop: [ALL]'],
    [
      service.security_opt?.join() !== 'no-new-privileges:true',
      'may gain privileges: no-new-privileges',
    ],
    [/^(0|root)\b/.test(String(service.user ?? '')), 'is root'],
    [service.mem_limit === undefined, 'has no limit of memory'],
    [service.build !== undefined && service.read_only !== true, 'may write to its own files'],
    [bound.length > 0, `holds more of its machine than it needs: ${bound.map(String).join(', ')}`],
    [!isPinned(service), 'names an image without its version'],
  ])
}

/** Ours are built here; of the others the version is what Dependabot raises. */
const isPinned = ({ build, image = '' }: Service) =>
  build !== undefined || /:v?\d[\w.-]*(@sha256:[0-9a-f]{64})?\}?$/.test(image)

function findExposure(
  name: string,
  { ports = [], networks = [], image = '' }: Service,
  known: NonNullable<Composition['networks']>,
) {
  const isStore = store.test(image)
  const joined = Array.isArray(networks) ? networks : Object.keys(networks)
  return sentencesOf([
    [
      name !== door && ports.some((port) => !String(port).startsWith('127.0.0.1:')),
      'has a port for the outside',
    ],
    [isStore && ports.length > 0, 'is a store with a port'],
    [joined.length === 0, 'is in the network of all'],
    [
      isStore && joined.some((network) => known[network]?.internal !== true),
      'is a store in a network that leads out',
    ],
  ])
}

const findSecrets = (name: string, { environment = {}, env_file: files = [] }: Service) => [
  ...Object.keys(toRecord(environment))
    .filter(isSecretName)
    .map((variable) => `is told ${variable} by its environment: give it a file`),
  ...files
    .filter((file) => file !== '.env' && !byEnvironment.has(name))
    .map((file) => `is told all of ${file} by its environment: give it a file`),
]

const toRecord = (environment: unknown): object =>
  Array.isArray(environment)
    ? Object.fromEntries(environment.map((line) => [String(line).split('=')[0], null]))
    : Object(environment)
