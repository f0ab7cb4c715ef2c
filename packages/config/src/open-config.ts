import { ConfigError } from './config-error.ts'
import { isRegion, regionRule } from './is-region.ts'
import { withoutEmpty } from './load-config.ts'
import type { Variables } from './redis-config.ts'
import { type ReadReferences, readReferences } from './sources/read-references.ts'
import type { SecretSource } from './sources/secret-source.ts'

/** What came of reading the secrets again. */
export type Reading<Loaded> =
  | { readonly kind: 'changed'; readonly names: readonly string[]; readonly config: Loaded }
  /** What stood before still stands. */
  | { readonly kind: 'failed'; readonly problems: readonly string[] }

/** A configuration whose secrets may change while the process runs. */
export interface OpenConfig<Loaded> {
  /** As it was at the start, or after the last change that was fit to use. */
  current(): Loaded
  /** Reads every file and every secret again; never rejects. Of calls at once and right after each other all get one reading. */
  refresh(): Promise<void>
  /** Called after each reading that changed something, or failed. */
  watch(listener: (reading: Reading<Loaded>) => void): void
  /** For how long readings have failed: 0 where the last one was good. */
  unreadSeconds(): number
  close(): void
}

export interface OpenConfigOptions {
  readonly variables?: Variables
  /** In place of what SECRETS_PROVIDER names. */
  readonly source?: SecretSource
}

// Of a server that refuses many log-ins at once, one is told why.
const leastMs = 1_000

/** What any configuration says of reading it anew. */
interface Refreshed {
  readonly secretsRefreshSeconds: number
}

type Load<Loaded> = (variables: Variables, unread: ReadReferences['problems']) => Loaded

/**
 * Reads the environment, and what it says stands elsewhere (`NAME_FILE`, `NAME_SECRET_ID`, SECRETS_FOLDERS, SECRETS_ID), now and from time
 * to time; throws ConfigError with every problem at once (G33, G34).
 */
export async function openConfig<Loaded extends Refreshed>(
  load: Load<Loaded>,
  options: OpenConfigOptions = {},
): Promise<OpenConfig<Loaded>> {
  const given = withoutEmpty(options.variables ?? process.env)
  const [source, problem] = options.source ? [options.source] : await openSource(given)
  const listeners: ((reading: Reading<Loaded>) => void)[] = []
  let unreadSince: number | null = null
  let read = await readReferences(given, source)
  let config = load({ ...given, ...read.values }, withProblem(read.problems, problem))
  if (Object.keys(read.values).length === 0) return fixedConfig(config)

  async function readAgain(): Promise<void> {
    const next = await readReferences(given, source)
    const reading = take(next)
    unreadSince = reading?.kind === 'failed' ? (unreadSince ?? performance.now()) : null
    if (reading) for (const listener of listeners) listener(reading)
  }

  function take(next: ReadReferences): Reading<Loaded> | null {
    const names = changedNames(read.values, next.values)
    const isWhole = next.problems.size === 0
    if (isWhole && names.length === 0) return null
    try {
      config = load({ ...given, ...next.values }, next.problems)
      read = next
      return { kind: 'changed', names, config }
    } catch (error) {
      return { kind: 'failed', problems: problemsOf(error) }
    }
  }

  let reading: Promise<void> | null = null
  const refresh = () => {
    reading ??= readAgain().finally(() => {
      setTimeout(() => {
        reading = null
      }, leastMs).unref()
    })
    return reading
  }
  const timer = every(config.secretsRefreshSeconds * 1_000, refresh)
  return {
    current: () => config,
    refresh,
    watch: (listener) => void listeners.push(listener),
    unreadSeconds: () => (unreadSince === null ? 0 : (performance.now() - unreadSince) / 1_000),
    close: timer.stop,
  }
}

/** The variables, and what they say stands elsewhere, for a command that reads them once; throws ConfigError. */
export async function readVariables(variables: Variables = process.env): Promise<Variables> {
  const given = withoutEmpty(variables)
  const [source, problem] = await openSource(given)
  const read = await readReferences(given, source)
  const problems = [...withProblem(read.problems, problem).values()]
  if (problems.length > 0) throw new ConfigError(problems)
  return { ...given, ...read.values }
}

/** One that nothing changes. */
export const fixedConfig = <Loaded>(config: Loaded): OpenConfig<Loaded> => ({
  current: () => config,
  refresh: async () => {},
  watch() {},
  unreadSeconds: () => 0,
  close() {},
})

async function openSource(
  given: Variables,
): Promise<readonly [source: SecretSource | null, problem?: string]> {
  const { SECRETS_PROVIDER: provider = 'env', AWS_REGION: region } = given
  if (provider === 'env') return [null]
  if (provider !== 'aws') return [null, 'SECRETS_PROVIDER must be env or aws.']
  if (!isRegion(region)) return [null, `${regionRule}: SECRETS_PROVIDER=aws needs one.`]
  // Whoever keeps no secrets there loads no SDK.
  const { openAwsSecretsManager } = await import('./sources/aws-secrets-manager.ts')
  return [openAwsSecretsManager(region)]
}

/** Whatever is wrong with what was read, it is no reason to stop. */
const problemsOf = (error: unknown): readonly string[] =>
  error instanceof ConfigError ? error.problems : ['What was read is not fit to be used.']

const withProblem = (problems: ReadReferences['problems'], problem: string | undefined) =>
  problem === undefined ? problems : new Map([...problems, ['SECRETS_PROVIDER', problem]])

const changedNames = (before: Variables, after: Variables): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .toSorted()

/** Not all processes of an installation at the same moment. */
function every(ms: number, task: () => Promise<void>) {
  let timer: NodeJS.Timeout
  let isStopped = false
  const wait = () => {
    if (isStopped) return
    timer = setTimeout(() => void task().finally(wait), ms * (0.9 + Math.random() / 5)).unref()
  }
  wait()
  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
