import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { createRenaming } from './create-renaming.ts'
import { current, findNameProblems, type Names } from './names.ts'
import { renameTree } from './rename-tree.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')
const record = join(root, 'template.json')
const usage = 'npx pnpm@12 template:init --scope acme --slug acme --title "Acme Cloud"'

/** `pnpm template:init`: a clone becomes a team's own, in one go; nothing is touched where it cannot be taken back. */
async function init(): Promise<void> {
  const names = readNames()
  await requireFresh()
  const { stdout } = await run('git', ['ls-files', '-z'], { cwd: root, maxBuffer: 2 ** 26 })
  const { stdout: commit } = await run('git', ['rev-parse', 'HEAD'], { cwd: root })
  const paths = stdout.split('\0').filter(Boolean)
  const { files, paths: moved } = await renameTree(root, paths, createRenaming(current, names))
  const made = { template: current, commit: commit.trim(), ...names }
  console.log(`${files} files renamed within, ${moved} by their paths.`)
  // Packages link each other by their names, imports stand in the order of theirs, and lines are as long as they are.
  await pnpm('install', '--no-frozen-lockfile', '--prefer-offline')
  await pnpm('format')
  await pnpm('docs:generate')
  // Last: what is half done is told from what is done.
  await writeFile(record, `${JSON.stringify(made, null, 2)}\n`)
  console.log(
    `\nThis is ${names.title} now. Look at it with git diff, then: npx pnpm@12 check && npx pnpm@12 test`,
  )
}

function readNames(): Names {
  const text = { type: 'string' } as const
  const {
    scope = '',
    slug = '',
    title = '',
  } = parse(() => parseArgs({ options: { scope: text, slug: text, title: text } }))
  const names = { scope, slug, title }
  const problems = findNameProblems(names)
  return problems.length > 0 ? refuse(problems.join('\n')) : names
}

function parse<Values>(read: () => { values: Values }): Values {
  try {
    return read().values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

/** What is not committed could not be told from what this changes. */
async function requireFresh(): Promise<void> {
  const made = await readFile(record, 'utf8').catch(() => null)
  if (made !== null) refuse('This clone has its names already: template.json says which.')
  const { stdout } = await run('git', ['status', '--porcelain'], { cwd: root }).catch(() =>
    refuse('This is no clone: git tells no files.'),
  )
  if (stdout !== '') refuse('There are changes that are not committed: commit or stash them first.')
}

async function pnpm(...words: readonly string[]): Promise<void> {
  const child = spawn('npx', ['--yes', 'pnpm@12', ...words], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) {
    refuse(`pnpm ${words.join(' ')} ended with ${code}. Back with: git checkout . && git clean -fd`)
  }
}

function refuse(what: string): never {
  console.error(`\n${what}\n${usage}\n`)
  process.exit(1)
}

await init()
