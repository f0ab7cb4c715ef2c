import { constants } from 'node:fs'
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import type { WritableVariable } from './open-writable-variable.ts'
import { readSecretFile } from './read-references.ts'
import { SecretSourceError } from './secret-source.ts'

/** A file: the next value is kept beside it, as `.next`. What a link names is replaced, not the link. */
export function openFileVariable(link: string): WritableVariable {
  const explain = (cause: unknown): never => {
    throw cause instanceof SecretSourceError
      ? cause
      : new SecretSourceError('cannot be written', { cause })
  }
  const find = () =>
    realpath(link).catch((cause: unknown) => {
      throw new SecretSourceError('cannot be read', { cause })
    })

  async function keep(next: string): Promise<void> {
    const path = await find()
    await requireReplaceable(path)
    const part = `${path}.next.part`
    await rm(part, { force: true })
    const file = await open(part, newFile, 0o600)
    try {
      await writeLike(path, file, next)
    } finally {
      await file.close()
    }
    // Whole, or not there.
    await rename(part, `${path}.next`)
  }

  async function release(value: string): Promise<void> {
    const path = await find()
    if ((await readKept(path)) !== value) throw new SecretSourceError('was changed meanwhile')
    // Whoever reads meanwhile sees the one or the other, whole.
    await rename(`${path}.next`, path)
  }

  return {
    async read() {
      const path = await find()
      const [value, { mtime }] = await Promise.all([readSecretFile(path), stat(path)])
      return { value, changedAt: mtime }
    },
    readStaged: async () => readKept(await find()),
    stage: (next) => keep(next).catch(explain),
    publish: (value) => release(value).catch(explain),
  }
}

// No file that somebody else has put there, and no link of theirs.
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** Only one that we have written ourselves: no link, and for nobody's eyes but those the file is for. */
async function readKept(path: string): Promise<string | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW
  const file = await open(`${path}.next`, flags).catch(() => null)
  if (!file) return null
  try {
    const text = await file.readFile('utf8')
    return text.replace(/\n$/, '') || null
  } finally {
    await file.close()
  }
}

/** With the mode and the owner of the file that it is to replace, and on the disk before anything depends on it. */
async function writeLike(path: string, file: FileHandle, next: string): Promise<void> {
  const { mode, uid, gid } = await stat(path)
  const made = await file.stat()
  if (made.uid !== uid || made.gid !== gid) {
    await file.chown(uid, gid).catch((cause: unknown) => {
      throw new SecretSourceError('belongs to another user: rotate it as that one', { cause })
    })
  }
  await file.chmod(mode & 0o777)
  await file.writeFile(`${next}\n`)
  await file.sync()
}

/** Linux: what is mounted by itself, as containers are given files, cannot be replaced by another file. */
async function requireReplaceable(path: string): Promise<void> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  const points = mounts.split('\n').map((line) => line.split(' ')[4])
  if (!points.includes(path.replaceAll(' ', '\\040'))) return
  throw new SecretSourceError('is mounted by itself, and cannot be replaced: mount its folder')
}
