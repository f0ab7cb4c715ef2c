import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'

/** A text that stands, or stood, in the repository. */
export interface FoundText {
  readonly path: string
  /** Of git, for one that stood there; null for one that stands in the working tree. */
  readonly blob: string | null
  readonly text: string
}

/** The files of the working tree that git does not ignore; throws what git says where there is no repository. */
export async function* listTree(root: string): AsyncGenerator<FoundText> {
  const listed = await git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  for (const path of listed.toString().split('\0').filter(Boolean)) {
    // One that was deleted and not committed yet is listed all the same; a link leads to another.
    const content = await readFile(join(root, path)).catch(() => Buffer.alloc(0))
    if (isText(content)) yield { path, blob: null, text: content.toString() }
  }
}

/** Every version of every file that a branch, a tag or a stash of the repository leads to. */
export async function* listHistory(root: string): AsyncGenerator<FoundText> {
  const listed = await git(root, ['rev-list', '--objects', '--all'])
  const paths = new Map(listed.toString().split('\n').filter(Boolean).map(splitObject))
  const objects = await git(root, ['cat-file', '--batch'], [...paths.keys()].join('\n'))
  let at = 0
  while (at < objects.length) {
    const end = objects.indexOf('\n', at)
    const [blob = '', type, size] = objects.toString('utf8', at, end).split(' ')
    const content = objects.subarray(end + 1, end + 1 + Number(size))
    at = end + 2 + Number(size)
    if (type !== 'blob' || !isText(content)) continue
    yield { path: paths.get(blob) ?? '', blob, text: content.toString() }
  }
}

const isText = (content: Buffer) => content.length > 0 && !content.includes(0)

function splitObject(line: string): readonly [id: string, path: string] {
  const [id = '', ...path] = line.split(' ')
  return [id, path.join(' ')]
}

/** Throws what git says where it fails. */
async function git(root: string, args: readonly string[], input = ''): Promise<Buffer> {
  const child = spawn('git', ['-C', root, ...args], { stdio: 'pipe' })
  child.stdin.on('error', () => {})
  child.stdin.end(`${input}\n`)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  const [output, said, code] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    ended,
  ])
  if (code !== 0) throw new Error(`git ${args[0]}: ${said.toString().trim()}`)
  return output
}
