import { environment, workerEnvironment } from '../environment.ts'
import { isProviderVariable } from '../external-providers.ts'
import type { Variables } from '../redis-config.ts'

/** Where the value of a variable is, in place of the value. */
export interface Reference {
  /** Whose value it is. */
  readonly name: string
  /** The variable that says where it is. */
  readonly by: string
  readonly kind: 'file' | 'secret'
  /** A path, or a secret's id with the field of its JSON behind a `#`. */
  readonly at: string
}

const known: ReadonlySet<string> = new Set([
  ...Object.keys(environment.shape),
  ...Object.keys(workerEnvironment.shape),
])

/** Whether a variable of this name means anything here. */
export const isKnown = (name: string): boolean => known.has(name) || isProviderVariable(name)

/** Every `NAME_FILE` and `NAME_SECRET_ID` of a variable that is known; of another name it may be somebody else's. */
export const findReferences = (given: Variables): readonly Reference[] =>
  Object.entries(given).flatMap(([by, at]) => {
    const [, name = ''] = /^([A-Z0-9_]+?)_(FILE|SECRET_ID)$/.exec(by) ?? []
    if (at === undefined || !isKnown(name) || isKnown(by)) return []
    return [{ name, by, at, kind: by.endsWith('_FILE') ? 'file' : 'secret' }]
  })
