import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

export interface WorkspaceCopy {
  read(file: string): Promise<string>
  write(file: string, text: string): Promise<void>
  /** Puts text in the place of other text; throws when it is not there. */
  replace(file: string, found: string, put: string): Promise<void>
  /** Runs a script of Node's below the copy: its exit code and all that it printed. */
  run(folder: string, script: string, ...words: string[]): Promise<Outcome>
  remove(): Promise<void>
}

export interface Outcome {
  readonly exitCode: number
  readonly output: string
}

const root = join(import.meta.dirname, '../../..')
const left: ReadonlySet<string> = new Set(['.git', '.dev', '.turbo', '.cache', '.tmp', 'reports'])

/** The whole workspace in a folder of its own; what is installed is shared, packages link each other there. */
export async function copyWorkspace(): Promise<WorkspaceCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'rampart-copy-'))
  const shared = join(root, 'node_modules')
  await cp(root, folder, {
    recursive: true,
    // pnpm's links are relative, and lead to the copy's packages there.
    verbatimSymlinks: true,
    filter: (source) => source !== shared && !left.has(basename(source)),
  })
  await symlink(shared, join(folder, 'node_modules'))
  const at = (file: string) => join(folder, file)
  const read = (file: string) => readFile(at(file), 'utf8')
  const write = (file: string, text: string) => writeFile(at(file), text)
  return {
    read,
    write,
    async replace(file, found, put) {
      const text = await read(file)
      if (!text.includes(found)) throw new Error(`${file} does not hold: ${found}`)
      await write(
        file,
        text.replace(found, () => put),
      )
    },
    run: (cwd, script, ...words) => run(at(cwd), [at(script), ...words]),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Without this run's own variables: the copy starts servers of its own. */
const { PATH = '', HOME = '' } = process.env
const env = { PATH, HOME, NO_COLOR: '1', TEST_BACKEND: 'embedded' }

function run(cwd: string, words: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ exitCode, output: stdout + stderr })
    })
  })
}
