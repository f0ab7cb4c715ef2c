import { parse } from 'yaml'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  readonly permissions?: unknown
  readonly 'timeout-minutes'?: unknown
  readonly steps?: readonly Step[]
}

interface Workflow {
  readonly on?: unknown
  readonly permissions?: unknown
  readonly concurrency?: unknown
  readonly jobs?: Readonly<Record<string, Job>>
}

// What whoever opens a pull request or an issue has written.
const foreign = /\$\{\{\s*(github\.event\.(?!pull_request\.head\.sha)|github\.head_ref|inputs\.)/
const writes: ReadonlySet<string> = new Set(['write', 'write-all'])

/** What a workflow does that ours may not; sentences, none where it is fit (G38, OpenSSF Scorecard). */
export function findWorkflowProblems(text: string): readonly string[] {
  // Parse boundary: the schema of GitHub is another test's.
  const workflow = parse(text) as Workflow
  const rules: readonly (readonly [isBroken: boolean, sentence: string])[] = [
    [!isEmpty(workflow.permissions), 'starts with permissions: give each job its own'],
    [
      /pull_request_target|workflow_run/.test(JSON.stringify(workflow.on)),
      'runs beside code that nobody has looked at, with secrets',
    ],
    [workflow.concurrency === undefined, 'has no concurrency'],
  ]
  return [
    ...rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence),
    ...findUnpinned(text),
    ...Object.entries(workflow.jobs ?? {}).flatMap(([name, job]) =>
      findJobProblems(job).map((problem) => `${name}: ${problem}`),
    ),
  ]
}

const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

/** The comment with the version is for Dependabot and for eyes. */
const findUnpinned = (text: string): readonly string[] =>
  [...text.matchAll(/uses: (.+)$/gm)]
    .map(([, used = '']) => used)
    .filter((used) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used))
    .map((used) => `${used.split(' ')[0]} is not pinned to a commit with its version`)

function findJobProblems(job: Job): readonly string[] {
  const steps = job.steps ?? []
  const rules: readonly (readonly [isBroken: boolean, sentence: string])[] = [
    [job['timeout-minutes'] === undefined, 'does not end by itself'],
    [typeof job.permissions !== 'object', 'says nothing of its permissions, or all of them'],
    [steps.some(keepsCredentials), 'leaves credentials behind for every later step'],
    [steps.some(({ run }) => foreign.test(run ?? '')), 'puts a stranger’s text into a script'],
    [holdsWrites(job) && steps.some(usesCache), 'writes with what a cache of another run holds'],
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence)
}

const keepsCredentials = ({ uses = '', with: given }: Step) =>
  uses.startsWith('actions/checkout@') && given?.['persist-credentials'] !== false

const holdsWrites = ({ permissions }: Job) =>
  Object.values(Object(permissions)).some((level) => writes.has(String(level)))

const usesCache = ({ uses = '', with: given }: Step) =>
  uses.startsWith('actions/cache@') ||
  (uses.startsWith('actions/setup-node@') && given?.['package-manager-cache'] !== false) ||
  (uses.startsWith('docker/setup-buildx-action@') && given?.['cache-binary'] !== false)
