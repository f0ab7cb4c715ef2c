import { parse } from 'yaml'
import { type Rule, sentencesOf } from './rules.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  /** Of a workflow that stands elsewhere. */
  readonly uses?: string
  readonly 'runs-on'?: unknown
  readonly container?: unknown
  readonly services?: unknown
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

// What nobody from the outside has written: anything else reaches a script by its environment.
const ownWords = /^(matrix\.\w+|github\.(sha|repository|run_id)|steps\.\w+\.outputs\.digest)$/
const writes: ReadonlySet<string> = new Set(['write', 'write-all'])
const longestMinutes = 360
// Who opens an issue or sends a pull request starts none of them.
const triggers: ReadonlySet<string> = new Set([
  'pull_request',
  'push',
  'schedule',
  'workflow_dispatch',
])
const runners = /^(ubuntu|macos|windows)-latest$|^\$\{\{ matrix\.os \}\}$/

/** What a workflow does that ours may not; sentences, none where it is fit (G38, OpenSSF Scorecard). */
export function findWorkflowProblems(text: string): readonly string[] {
  // Parse boundary: the schema of GitHub is another test's.
  const workflow = parse(text) as Workflow
  const isAskedFor = triggersOf(workflow.on).includes('pull_request')
  const rules: readonly Rule[] = [
    [!isEmpty(workflow.permissions), 'starts with permissions: give each job its own'],
    [
      triggersOf(workflow.on).some((name) => !triggers.has(name)),
      'runs beside code that nobody has looked at, with secrets',
    ],
    [workflow.concurrency === undefined, 'has no concurrency'],
  ]
  return [
    ...sentencesOf(rules),
    ...findUnpinned(text, workflow),
    ...Object.entries(workflow.jobs ?? {}).flatMap(([name, job]) =>
      findJobProblems(job, isAskedFor).map((problem) => `${name}: ${problem}`),
    ),
  ]
}

const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

const triggersOf = (on: unknown): readonly string[] =>
  typeof on === 'string' ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(Object(on))

/** Each action by its commit; the comment with the version is for Dependabot and for eyes. */
function findUnpinned(text: string, workflow: Workflow): readonly string[] {
  const jobs = Object.values(workflow.jobs ?? {})
  const used = jobs.flatMap((job) => [job, ...(job.steps ?? [])]).flatMap(({ uses = [] }) => uses)
  return used
    .filter((action) => !/@[0-9a-f]{40}$/.test(action) || !text.includes(`uses: ${action} # v`))
    .map((action) => `${action} is not pinned to a commit with its version`)
}

function findJobProblems(job: Job, isAskedFor: boolean): readonly string[] {
  const steps = job.steps ?? []
  return sentencesOf([
    [!(Number(job['timeout-minutes']) <= longestMinutes), 'does not end by itself'],
    [!runners.test(String(job['runs-on'])), 'runs on a machine that others have used'],
    [job.container !== undefined || job.services !== undefined, 'runs in an image of no digest'],
    [typeof job.permissions !== 'object', 'says nothing of its permissions, or all of them'],
    [steps.some(keepsCredentials), 'leaves credentials behind for every later step'],
    [steps.some(hasForeignText), 'puts a stranger’s text into a script'],
    [holdsWrites(job) && steps.some(usesCache), 'writes with what a cache of another run holds'],
    [holdsMore(job) && isAskedFor, 'may write for whoever sends a pull request'],
  ])
}

const actionOf = ({ uses = '' }: Step) => uses.toLowerCase().replace(/@.*/, '')

const keepsCredentials = (step: Step) =>
  actionOf(step) === 'actions/checkout' && step.with?.['persist-credentials'] !== false

const hasForeignText = (step: Step) =>
  [step.run, step.with?.['script']].some((script) =>
    [...String(script ?? '').matchAll(/\$\{\{(.*?)\}\}/gs)].some(
      ([, expression = '']) => !ownWords.test(expression.trim()),
    ),
  )

const writesOf = ({ permissions }: Job) =>
  Object.entries(Object(permissions)).flatMap(([scope, level]) =>
    writes.has(String(level)) ? [scope] : [],
  )

const holdsWrites = (job: Job) => writesOf(job).length > 0

/** What a scanner found is told to GitHub by whoever may tell it that, of pull requests too. */
const holdsMore = (job: Job) => writesOf(job).some((scope) => scope !== 'security-events')

const usesCache = (step: Step) => {
  const action = actionOf(step)
  const given = step.with ?? {}
  return (
    action.startsWith('actions/cache') ||
    given['cache'] !== undefined ||
    (action.startsWith('actions/setup-') && given['package-manager-cache'] !== false) ||
    (action === 'docker/setup-buildx-action' && given['cache-binary'] !== false)
  )
}
