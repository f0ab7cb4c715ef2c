import { parse } from 'yaml'

interface Service {
  readonly image?: string
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly privileged?: boolean
  readonly network_mode?: string
  readonly mem_limit?: string
  readonly read_only?: boolean
  readonly build?: unknown
  readonly ports?: readonly (string | object)[]
  readonly volumes?: readonly (string | object)[]
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>
  readonly environment?: unknown
}

interface Composition {
  readonly services?: Readonly<Record<string, Service>>
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>
}

/** Who alone is reached from the outside. */
const door = 'proxy'
/** Whose data nobody reaches but by their network. */
const stores: ReadonlySet<string> = new Set([
  ...['postgres', 'valkey', 'redis', 'redis-gateway', 'elasticsearch'],
])
const secretName = /(PASSWORD|SECRET|TOKEN|KEY|CREDENTIAL)S?$|^(DATABASE|REDIS|SMTP|S3)\w*_URL$/i

/** What a compose file does that ours may not; sentences, none where it is fit (G41, G42, CIS Docker Benchmark, section 5). */
export function findComposeProblems(text: string): readonly string[] {
  // Parse boundary: the schema of the specification is another test's.
  const composition = parse(text, { merge: true }) as Composition
  return Object.entries(composition.services ?? {}).flatMap(([name, service]) =>
    [
      ...findHardeningProblems(service),
      ...findExposure(name, service, composition.networks ?? {}),
      ...findSecrets(service),
    ].map((problem) => `${name} ${problem}`),
  )
}

type Rule = readonly [isBroken: boolean, sentence: string]

const broken = (rules: readonly Rule[]) =>
  rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence)

const findHardeningProblems = (service: Service) =>
  broken([
    [!service.cap_drop?.includes('ALL'), 'keeps capabilities: cap_drop: [ALL]'],
    [
      !service.security_opt?.includes('no-new-privileges:true'),
      'may gain privileges: no-new-privileges',
    ],
    [service.privileged === true, 'is privileged'],
    [service.network_mode === 'host', 'is in the network of its machine'],
    [service.mem_limit === undefined, 'has no limit of memory'],
    [service.build !== undefined && service.read_only !== true, 'may write to its own files'],
    [
      JSON.stringify(service.volumes ?? []).includes('docker.sock'),
      'holds the engine, and so the machine',
    ],
    [!isPinned(service), 'names an image without its version'],
  ])

/** Ours are built here; of the others the version is what Dependabot raises. */
const isPinned = ({ build, image = '' }: Service) =>
  build !== undefined || /:v?\d[\w.-]*(@sha256:[0-9a-f]{64})?\}?$/.test(image)

function findExposure(
  name: string,
  { ports = [], networks = [] }: Service,
  known: NonNullable<Composition['networks']>,
) {
  const published = ports.map((port) => (typeof port === 'string' ? port : JSON.stringify(port)))
  const joined = Array.isArray(networks) ? networks : Object.keys(networks)
  return broken([
    [
      name !== door && published.some((port) => !port.startsWith('127.0.0.1:')),
      'has a port for the outside',
    ],
    [stores.has(name) && published.length > 0, 'is a store with a port'],
    [joined.length === 0, 'is in the network of all'],
    [
      stores.has(name) && joined.some((network) => known[network]?.internal !== true),
      'is a store in a network that leads out',
    ],
  ])
}

const findSecrets = ({ environment = {} }: Service) =>
  Object.keys(toRecord(environment))
    .filter((name) => secretName.test(name))
    .map((name) => `is told ${name} by its environment: give it a file`)

const toRecord = (environment: unknown): object =>
  Array.isArray(environment)
    ? Object.fromEntries(environment.map((line) => [String(line).split('=')[0], null]))
    : Object(environment)
