import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface InstalledPackage {
  readonly name: string
  readonly version: string
  /** As the package says it; empty where it says nothing. */
  readonly licence: string
}

/** Every package that is installed in a workspace of pnpm, those of development too, by name. */
export async function listPackages(root: string): Promise<readonly InstalledPackage[]> {
  const store = join(root, 'node_modules/.pnpm')
  const entries = await readdir(store, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
  const [lockfile, ...found] = await Promise.all([
    readFile(join(store, 'lock.yaml'), 'utf8'),
    ...folders.map(({ name }) => readEntry(join(store, name))),
  ])
  // What nothing needs any more stays there for a while.
  const isNeeded = ({ name, version }: InstalledPackage) => lockfile.includes(`${name}@${version}`)
  return found
    .flat()
    .filter(isNeeded)
    .toSorted((a, b) => a.name.localeCompare(b.name))
}

/** An entry of the store is the package itself beside links to what it needs. */
async function readEntry(entry: string): Promise<readonly InstalledPackage[]> {
  const modules = join(entry, 'node_modules')
  const names = await readdir(modules, { withFileTypes: true }).catch(() => [])
  const own = names.filter((name) => name.isDirectory())
  const packages = await Promise.all(
    own.map(async ({ name }) => {
      const folder = join(modules, name)
      if (!name.startsWith('@')) return [folder]
      const scoped = await readdir(folder, { withFileTypes: true })
      return scoped.filter((one) => one.isDirectory()).map((one) => join(folder, one.name))
    }),
  )
  const read = await Promise.all(packages.flat().map(readPackage))
  return read.filter((one) => one !== null)
}

async function readPackage(folder: string): Promise<InstalledPackage | null> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null)
  if (text === null) return null
  // Parse boundary: whatever a package says of itself.
  const { name, version, license, licenses } = JSON.parse(text) as Said
  return { name: `${name}`, version: `${version}`, licence: toExpression(license ?? licenses) }
}

interface Said {
  readonly name?: string
  readonly version?: string
  readonly license?: unknown
  readonly licenses?: unknown
}

/** Older packages say it as an object, or as a list of them, one of which is to be chosen. */
function toExpression(said: unknown): string {
  if (typeof said === 'string') return said
  if (Array.isArray(said)) return said.map(toExpression).filter(Boolean).join(' OR ')
  return typeof said === 'object' && said !== null ? toExpression(Reflect.get(said, 'type')) : ''
}
