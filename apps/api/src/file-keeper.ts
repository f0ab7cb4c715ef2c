import { createHash, randomUUID } from 'node:crypto'
import { AppError } from '@repo/errors'
import { detectMediaType, type FileStorage, type Scan } from '@repo/files'
import { logSecurityEvent } from '@repo/logging'
import type { ScopedDatabase } from '@repo/ownership'
import type { Services } from './services.ts'

export interface KeptFile {
  readonly id: string
  readonly status: 'pending' | 'clean' | 'infected'
  readonly sha256: string
  readonly storageKey: string
}

/** What the services have for files; null where this installation keeps none. */
export interface FileServices {
  readonly storage: FileStorage
  readonly scan: Scan
}

interface Options {
  /** What the caller may do; the row is made and found by it. */
  readonly db: ScopedDatabase
  readonly userId: string
  readonly organizationId: string
  readonly services: Services
}

/** The contents of files, beside their rows. Throws `files_off` where none are kept. */
export function openFileKeeper({ db, userId, organizationId, services }: Options) {
  const { files, database, logger } = services
  if (!files) throw new AppError('files_off')
  const { storage, scan } = files
  // No caller can say that a file is clean: what was found by their own scope is marked by this one.
  const tenant = { userId, organizationId }
  const { file: marked } = database.scopedTo({
    ...tenant,
    reach: (resource) => (resource === 'file' ? 'any' : null),
  })

  /** Its verdict, kept; it stays as it is, pending, while nobody can tell. An infected content goes at once. */
  async function judge<File extends KeptFile>(file: File, content: Buffer) {
    const verdict = await scan(content).catch((error: unknown) => {
      logger.error({ err: error, fileId: file.id }, 'a file was not scanned')
      return null
    })
    if (verdict === null) return file
    const judged = await marked.update({ where: { id: file.id }, data: { status: verdict } })
    if (verdict === 'infected') {
      const found = { target: file.id, reason: 'infected' }
      logSecurityEvent(logger, 'upload_validation', { userId, organizationId, ...found })
      await deleteContent(file)
    }
    return judged
  }

  /** What is left behind is named in the log: its row is gone, or says that it is infected. */
  async function deleteContent({ storageKey }: KeptFile): Promise<void> {
    await storage.delete(storageKey).catch((error: unknown) => {
      logger.error({ err: error, storageKey }, 'the content of a file was left behind')
    })
  }

  async function readContent({ id, storageKey, sha256, status }: KeptFile): Promise<Buffer> {
    const content = await storage.get(storageKey)
    // It is still on its way, or its upload was killed.
    if (content === null && status === 'pending') throw pending()
    if (content === null || hash(content) !== sha256) {
      throw new AppError('internal', {
        cause: new Error(`The content of file ${id} is not its own.`),
      })
    }
    return content
  }

  return {
    /** Keeps and scans a content; throws for a kind that is not allowed, and over the caller's quota. */
    async create({ name, content }: { readonly name: string; readonly content: Buffer }) {
      const mediaType = detectMediaType(content)
      if (mediaType === null) {
        const detail = 'A file is a PNG, a JPEG or a PDF by its content, and nothing else besides.'
        throw new AppError('unsupported_media_type', { detail })
      }
      const about = { name, mediaType, bytes: content.length, sha256: hash(content) }
      const file = await db.file.create({ data: { ...about, storageKey: randomUUID() } })
      try {
        await storage.put(file.storageKey, content)
        return await judge(file, content)
      } catch (error) {
        await marked.deleteMany({ where: { id: file.id } })
        await deleteContent(file)
        throw error
      }
    },

    /** The content of a clean file; one that nobody has scanned yet is scanned now. */
    async read(file: KeptFile): Promise<Buffer> {
      if (file.status === 'infected') throw new AppError('file_infected')
      const content = await readContent(file)
      const { status } = file.status === 'pending' ? await judge(file, content) : file
      if (status === 'clean') return content
      throw status === 'infected' ? new AppError('file_infected') : pending()
    },

    /** After its row, so that a failure between the two hides the file from everyone. */
    deleteContent,
  }
}

const pending = () => new AppError('file_pending', { retryAfterSeconds: 5 })

const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex')
