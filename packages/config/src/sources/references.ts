import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { environment, workerEnvironment } from '../environment.ts'
import { isProviderVariable } from '../external-providers.ts'
import type { Variables } from '../redis-config.ts'
import { SecretSourceError } from './secret-source.ts'

/** Where the value of a variable is, in place of the value. */
export interface Reference {
  /** Whose value it is. */
  readonly name: string
  /** The variable that says where it is, or what is there by its name. */
  readonly by: string
  readonly kind: 'file' | 'secret'
  /** A path, or a secret's id with the field of its JSON behind a `#`. */
  readonly at: string
}

const known: ReadonlySet<string> = new Set([
  ...Object.keys(environment.shape),
  ...Object.keys(workerEnvironment.shape),
  // Of migrations alone: whoever else is given them says so, and does not start.
  ...['DATABASE_ADMIN_URL', 'DATABASE_OWNER_URL'],
])

/** Folders with a file for each variable, by its name, as Kubernetes and compose mount secrets; commas between them. */
export const folders = 'SECRETS_FOLDERS'

/** Whether a variable of this name means anything here. */
export const isKnown = (name: string): boolean => known.has(name) || isProviderVariable(name)

/**
 * Every `NAME_FILE` and `NAME_SECRET_ID` of a variable that is known, of another name it may be somebody else's; then
 * the files of SECRETS_FOLDERS for what is given nowhere else. Throws SecretSourceError for a folder that cannot be read.
 */
export async function findReferences(given: Variables): Promise<readonly Reference[]> {
  const named = findNamed(given)
  const taken = new Set([...Object.keys(given), ...named.map(({ name }) => name)])
  const paths = given[folders]?.split(',').map((path) => path.trim()) ?? []
  const found = await Promise.all(paths.filter(Boolean).map(listFolder))
  return [...named, ...found.flat().filter(({ name }) => !taken.has(name))]
}

async function listFolder(folder: string): Promise<readonly Reference[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new SecretSourceError('has a folder that cannot be read', { cause })
  })
  return names
    .filter(isKnown)
    .map((name) => ({ name, by: `${name} in ${folders}`, kind: 'file', at: join(folder, name) }))
}

const findNamed = (given: Variables): readonly Reference[] =>
  Object.entries(given).flatMap(([by, at]) => {
    const [, name = ''] = /^([A-Z0-9_]+?)_(FILE|SECRET_ID)$/.exec(by) ?? []
    if (at === undefined || !isKnown(name) || isKnown(by)) return []
    return [{ name, by, at, kind: by.endsWith('_FILE') ? 'file' : 'secret' }]
  })
