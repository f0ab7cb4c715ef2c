import { readFile } from 'node:fs/promises'
import type { Variables } from '../redis-config.ts'
import { findReferences, folders, isKnown, type Reference } from './references.ts'
import { parseFields, readField, requireText } from './secret-fields.ts'
import { type SecretSource, SecretSourceError } from './secret-source.ts'

/** Values that stood elsewhere, and what is wrong with the others. */
export interface ReadReferences {
  readonly values: Variables
  /** By the variable that has no value for it; sentences, without values. */
  readonly problems: ReadonlyMap<string, string>
}

/** The secret that holds many variables, as a JSON object of them. */
export const bundle = 'SECRETS_ID'

/** Reads what `NAME_FILE` and `NAME_SECRET_ID` point to, the files of SECRETS_FOLDERS, and the fields of SECRETS_ID; each secret once. */
export async function readReferences(
  given: Variables,
  source: SecretSource | null,
): Promise<ReadReferences> {
  const secrets = new Map<string, Promise<string>>()
  const readSecret = (id: string) => {
    if (!source) throw new SecretSourceError('needs SECRETS_PROVIDER=aws')
    const reading = secrets.get(id) ?? source.read(id)
    secrets.set(id, reading)
    return reading
  }
  const problems = new Map<string, string>()
  const values: Record<string, string> = {}
  const [bundled, references = []] = await Promise.all([
    readBundle(given[bundle], readSecret).catch(tell(bundle)),
    findReferences(given).catch(tell(folders)),
  ])
  for (const [name, value] of bundled ?? []) {
    if (isKnown(name) && value !== '' && given[name] === undefined) values[name] = value
  }
  await Promise.all(
    references.map(async (reference) => {
      const { name, by } = reference
      const others = references.filter((other) => other !== reference && other.name === name)
      if (given[name] !== undefined || others.length > 0) {
        problems.set(name, `${name}, ${name}_FILE and ${name}_SECRET_ID: give one of them.`)
        return
      }
      const value = await readOne(reference, readSecret).catch(tell(by, name))
      if (value !== undefined) values[name] = value
    }),
  )
  return { values, problems }

  function tell(by: string, name = by) {
    return (error: unknown): undefined => {
      const reason = error instanceof SecretSourceError ? error.message : 'cannot be read'
      problems.set(name, `${by} ${reason}.`)
    }
  }
}

type ReadSecret = (id: string) => Promise<string>

async function readOne({ kind, at }: Reference, readSecret: ReadSecret): Promise<string> {
  if (kind === 'file') return readSecretFile(at)
  const [id = '', field] = at.split('#')
  return readField(await readSecret(id), field)
}

/** What a file says, without the end of its line; throws SecretSourceError where there is none, or nothing in it. */
export async function readSecretFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SecretSourceError('cannot be read', { cause })
  })
  // As editors and `echo` end a file.
  return requireText(text.endsWith('\n') ? text.slice(0, text.endsWith('\r\n') ? -2 : -1) : text)
}

async function readBundle(id: string | undefined, readSecret: ReadSecret) {
  return id === undefined ? null : parseFields(await readSecret(id))
}
